"""The sentence behind everything the contract's parser refuses."""

from __future__ import annotations

import pytest
import yaml

from support.contract_texts import BOTH_PARSERS, FILE, SKETCH, one_runner, refusal, scoped

A_WHOLE_NUMBER = "a whole number from 1 to 9223372036854775807, in digits and without quotes, not "

REFUSED = [
    # structure
    ("", "1: the contract is empty; the smallest has"),
    ("# nothing\n---\n", "1: the contract is empty; the smallest has"),
    ("[]", "1: must be keys and values, not a list; allowed are version, runners"),
    ("builder", "1: must be keys and values, not the text builder"),
    ("version: 1\n", "1: runners: this key is missing."),
    ("runners: []\n", "1: version: this key is missing."),
    ("version: 1\nrunners: []\n", "2: runners: no runner is declared; the smallest has"),
    ("version: 1\nrunners:\n", "2: runners: must be a list of runners, each beginning with `- name:`, not nothing."),
    ("version: 1\nrunners: {name: a}\n", "2: runners: must be a list of runners"),
    ("version: 1\nrunners: [builder]\n", "2: runners: must be keys and values, not the text builder; allowed are name"),
    ("version: 1\nrunners: [{name: a}]\n", "2: runners.scope: this key is missing."),
    (SKETCH + "---\n" + SKETCH, "13: a second document begins here"),
    # version
    ("version: 2\nfuture: yes\nrunners: []", "1: version: 2 is not a version this program knows; it knows 1"),
    ("version: '1'\n", "1: version: must be the number 1, without quotes."),
    ("version: 1.0\n", "1: version: must be the number 1, without quotes."),
    ("version: true\n", "1: version: must be the number 1, without quotes."),
    ("version: 0x1\n", "1: version: 0x1 is not a version"),
    # keys
    (SKETCH + "undeclred: warn\n", "13: undeclred: unknown key; did you mean undeclared? allowed here: version"),
    (one_runner("lables: [a]"), "5: runners.lables: unknown key; did you mean labels? allowed here: name, scope"),
    (one_runner("online-within: 1m"), "5: runners.online-within: unknown key; did you mean online_within?"),
    (scoped("{repo: a/b}"), "4: runners.scope.repo: unknown key; did you mean repository?"),
    (scoped("{organisation: a}"), "4: runners.scope.organisation: unknown key; did you mean organization?"),
    (scoped("{repository: {id: 5, name: a/b}}"), "4: runners.scope.repository.name: unknown key; allowed here: id."),
    (scoped("{instance: true}"), "4: runners.scope.instance: unknown key; allowed here: repository"),
    (one_runner("on: 1"), "5: runners.on: unknown key"),
    (one_runner("name: b"), "5: runners.name: this key stands twice; the first is on line 3."),
    (scoped("{id: 1, repository: a/b, id: 1}"), "4: runners.scope.id: this key stands twice; the first is on line 4."),
    ("? [a]\n: 1\n", "1: a list or a mapping cannot be a key."),
    # the same runner twice
    (one_runner() + "\n  - {name: builder, scope: instance}",
     "5: runners.name: runner builder is declared twice, on line 3 and on line 5; keep one of them."),
    # names
    (one_runner(name="''"), "3: runners.name: is empty; the name Forgejo shows."),
    (one_runner(name="x" * 256), "is longer than 255 bytes"),
    (one_runner(name="ü" * 128), "is longer than 255 bytes"),
    (one_runner(name='"a\\nb"'), "holds a control character or a line break"),
    (one_runner(name='"a\\0b"'), "holds a control character or a line break"),
    (one_runner(name='"a\\x9bb"'), "holds a control character or a line break"),
    (one_runner(name="12345"), "3: runners.name: must be the runner's name; YAML takes 12345 for a number, so put"),
    (one_runner(name="1.5"), "YAML takes 1.5 for a fraction, so put it in quotes"),
    (one_runner(name="on"), "YAML takes on for yes or no, so put it in quotes"),
    (one_runner(name="No"), "YAML takes No for yes or no, so put it in quotes"),
    (one_runner(name="2024-01-01"), "YAML takes 2024-01-01 for a date, so put it in quotes"),
    (one_runner(name="<<"), "YAML takes \"<<\" for an operator, so put it in quotes"),
    (one_runner(name="~"), "3: runners.name: must be the runner's name, not nothing."),
    (one_runner(name="[a]"), "3: runners.name: must be the runner's name, not a list."),
    # labels
    (one_runner("labels: deploy"), "5: runners.labels: must be a list of labels, such as [deploy], not the text"),
    (one_runner("labels: []"), "5: runners.labels: an empty list judges nothing"),
    (one_runner("labels: [1]"), "5: runners.labels: must be a label; YAML takes 1 for a number"),
    (one_runner("labels: [a, b,", "  a]"), "6: runners.labels: label a stands twice"),
    (one_runner("labels: ['deploy:host']"), "5: runners.labels: \"deploy:host\" holds a colon; write only what is"),
    (one_runner("labels: [deploy:host]"), "5: runners.labels: \"deploy:host\" holds a colon"),
    (one_runner("labels: ['']"), "5: runners.labels: is empty; such as deploy."),
    # durations
    (one_runner("max_wait: 90"), "5: runners.max_wait: 90 has no unit; write a whole number from 1 to 999999 and a"),
    (one_runner("max_wait: 0m"), "5: runners.max_wait: 0m is not a duration"),
    (one_runner("max_wait: -1m"), "5: runners.max_wait: -1m is not a duration"),
    (one_runner("max_wait: 1.5h"), "5: runners.max_wait: 1.5h is not a duration"),
    (one_runner("max_wait: 10 m"), "is not a duration"),
    (one_runner('max_wait: "10m\\n"'), "is not a duration"),
    (one_runner("max_wait: 1000000s"), "is not a duration"),
    (one_runner("online_within: 1:30"), "5: runners.online_within: \"1:30\" has no unit"),
    (one_runner("online_within:"), "5: runners.online_within: must be a whole number from 1 to 999999"),
    # scopes
    (scoped("global"), "4: runners.scope: global is not a scope; it must be instance, or one of {repository"),
    (scoped("a/b"), "4: runners.scope: write {repository: a/b} to mean that repository."),
    (scoped("[instance]"), "4: runners.scope: must be instance, or one of"),
    (scoped("{}"), "4: runners.scope: is empty; it must be instance, or one of"),
    (scoped("true"), "4: runners.scope: must be instance, or one of"),
    (scoped("{id: 35}"), "4: runners.scope: an id alone does not say of what; write {repository: {id: N}}"),
    (scoped("{repository: a/b, user: a}"), "4: runners.scope: repository and user are both given; a runner has one"),
    (scoped("{repository: b}"), "4: runners.scope.repository: b is not of the form owner/name; write owner/name"),
    (scoped("{repository: https://x.example/a/b}"), "is not of the form owner/name; write owner/name, without the"),
    (scoped("{repository: a/}"), "a/ is not of the form owner/name"),
    (scoped("{organization: a/b}"), "4: runners.scope.organization: a/b holds a slash or a space; write name"),
    (scoped("{organization: 35}"),
     '4: runners.scope.organization: 35 may be a name or an id; write "35" for a name, {id: 35} for an id.'),
    (scoped("{repository: {id: 35}, id: 35}"), "4: runners.scope.id: the id is given twice"),
    (scoped("{repository: {}}"), "4: runners.scope.repository.id: this key is missing."),
    # ids
    *((scoped(f"{{repository: a/b, id: {value}}}"), f"4: runners.scope.id: must be {A_WHOLE_NUMBER}")
      for value in ("0", "-1", "+1", "9223372036854775808", "9" * 6000, "yes", "1.0", "1e3", "'35'", "0x23", "1_0",
                    "035", "~", "[1]", "2024-01-01", ".inf")),
    # the other words
    (SKETCH.replace("fail", "error"), "12: undeclared: error is not known here; allowed here: ignore, warn, fail."),
    (SKETCH.replace("fail", "warning"), "12: undeclared: warning is not known here; did you mean warn?"),
    (SKETCH.replace("fail", "no"), "12: undeclared: must be one word; YAML takes no for yes or no"),
    *((f"version: 1\ninstance: {value}\nrunners: [{{name: a, scope: instance}}]", "2: instance: ")
      for value in ("git.example.org", "ftp://a/", "https://u:p@a/", "https://a/?q", "'https://a/#x'", "https://", "",
                    "1", '"https://a/\\n"', "https://a:123456/", "'https://a b/'")),
    # what YAML can and a contract cannot
    (one_runner(name="&x a"), "3: runners.name: the anchor x is not allowed; write each value out."),
    ("version: &v 1\nrunners: *v", "1: version: the anchor v is not allowed"),
    ("version: 1\nrunners: *v", "2: runners: the alias v is not allowed; write the value out."),
    (one_runner(name="!!str 12345"), '3: runners.name: the tag "tag:yaml.org,2002:str" is not allowed; put text'),
    (one_runner(name="! a"), '3: runners.name: the tag "!" is not allowed'),
    ("version: 1\nrunners: !!python/object/apply:os.system [id]", "2: runners: the tag "),
    ("version: 1\nrunners:\n  - <<: {name: a}", "3: runners.<<: unknown key"),
    ("[" * 100_000, "1: nested too deep; a contract needs five levels."),
    ("- " * 100_000, "1: nested too deep"),
    ("{a: " * 9, "nested too deep"),
    ("? " * 9, "nested too deep"),
    ("version: 1\nrunners: [", "this is not valid YAML: "),
    ("version: 1\n\trunners: 1", "2: a tab may not stand here; write spaces."),
    (SKETCH + "# a\tb", "13: a tab may not stand here; write spaces."),
    ("version: '1", "this is not valid YAML: "),
    (one_runner(name='"\\UFFFFFFFF"'), "this is not valid YAML: "),
    ("%YAML 9.9\n---\nversion: 1\n", "this is not valid YAML: "),
    ("version: 1\nrunners:\n- name: a\0b", "3: the unprintable character U+0000 may not stand here"),
    ("version: 1\r\nrunners:\r\n- name: a\x1bb", "3: the unprintable character U+001B may not stand here"),
    (one_runner(name="a\u202eb"), "3: the unprintable character U+202E may not stand here; a name that needs it"),
    (one_runner(name="a\ud800b"), "3: the unprintable character U+D800 may not stand here"),
    ("version: 1\u2028runners: []", "1: the unprintable character U+2028 may not stand here"),
    ("#" * 1_000_001, " larger than 1000000 bytes."),
    ("version: 1\nrunners:\n" + "- {name: a, scope: instance}\n" * 10_001, "3: runners: 10001 runners are declared"),
]  # fmt: skip  # one case a line reads as a table


@BOTH_PARSERS
@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[case[1][:50] for case in REFUSED])
def test_what_is_wrong_is_said(text: str, sentence: str, libyaml: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fault has its own sentence, which names file, line and key; with either YAML parser the same."""
    monkeypatch.setattr(yaml, "__with_libyaml__", libyaml and yaml.__with_libyaml__)
    problem = refusal(text)
    assert problem.startswith(f"{FILE}:")
    assert sentence in problem
    assert problem.endswith(".")
    assert len(problem) < 500
