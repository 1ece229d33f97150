"""The sentence for every situation: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable


@dataclass(frozen=True, slots=True)
class _Sentences:
    problem: str
    next_step: str
    error: type[SourceUnavailable] = SourceUnavailable


def failure(situation: Situation, facts: Facts) -> SourceUnavailable:
    """The error for a situation: AccessDenied where the token is at fault, else SourceUnavailable."""
    sentences = SENTENCES[situation]
    fields = {"where": facts.where, "scope": facts.scope, "detail": facts.detail}
    # A single word of the server's is not quoted, and would run into the next step.
    end = "" if facts.detail.endswith('"') else "."
    said = f" It says: {facts.detail}{end}" if facts.detail else ""
    return sentences.error(
        sentences.problem.format(said=said, **fields), next_step=sentences.next_step.format(said=said, **fields)
    )


_CA = (
    "If a private authority signed it, give its certificate with --api-ca-file (on Debian, authorities installed into "
    "the system are in /etc/ssl/certs/ca-certificates.crt); otherwise do not send the token there."
)
_ADDRESS = "Check the API URL: it is the address people open in a browser, with the path if Forgejo is below one."

SENTENCES: Mapping[Situation, _Sentences] = MappingProxyType(
    {
        Situation.TOKEN_NOT_SEEN: _Sentences(
            "{where} did not see the token (401, token is required).",
            "See whether a proxy in front of Forgejo removes the Authorization header.",
            AccessDenied,
        ),
        Situation.TOKEN_INVALID: _Sentences(
            "{where} does not accept the token (401).{said}",
            "Make a new access token with {scope}: this one is wrong, expired or deleted, or it was a job's own token "
            "and the job is over.",
            AccessDenied,
        ),
        Situation.SCOPE_MISSING: _Sentences(
            "The token lacks a scope that {where} needs (403): {detail}.",
            "Make an access token that has {scope}.",
            AccessDenied,
        ),
        Situation.NOT_SITE_ADMIN: _Sentences(
            "{where} is for site admins, and the token's user is none (403).",
            "Ask for the list of one repository (--api-list repository:owner/name), which its owner may read with "
            "read:repository, or use a token with read:admin of a site admin.",
            AccessDenied,
        ),
        Situation.NOT_REPOSITORY_OWNER: _Sentences(
            "{where} is for the repository's owner, and the token's user is none, or the token is limited to other "
            "repositories (403); a collaborator with admin rights is not enough.",
            "Use a token with read:repository of the owner: the user it belongs to, or an owner of its organisation.",
            AccessDenied,
        ),
        Situation.NOT_ORGANIZATION_OWNER: _Sentences(
            "{where} is for owners of the organisation, and the token's user is none (403).",
            "Use a token with read:organization of a member of the organisation's Owners team.",
            AccessDenied,
        ),
        Situation.JOB_TOKEN: _Sentences(
            "The token is a job's own (FORGEJO_TOKEN), which may not list runners at {where}, whatever the workflow "
            "asks for.",
            "Make an access token with {scope} and hand it to the job as a secret, or look at the database instead.",
            AccessDenied,
        ),
        Situation.FORBIDDEN: _Sentences(
            "{where} refuses the token's user (403).{said}",
            "Sign in as that user and see what Forgejo asks for (new password, second factor, activation), or use a "
            "token of another user with {scope}.",
            AccessDenied,
        ),
        Situation.STOPPED_BEFORE_FORGEJO: _Sentences(
            "Something in front of Forgejo refuses {where} ({detail}); the answer is not Forgejo's.",
            "Let requests to /api/ with an Authorization header pass the proxy or firewall, or go to Forgejo directly.",
            AccessDenied,
        ),
        Situation.NO_RUNNER_LIST: _Sentences(
            "Forgejo {detail} has no runner list at {where} (404): the API lists runners from version 15 on.",
            "Look at the database instead (--app-ini or --database). This does not mean that there are no runners.",
        ),
        Situation.NOT_VISIBLE: _Sentences(
            "{where} is not there for this token (404).{said}",
            "Check the name; the token's user must see it with {scope}, and Actions must be switched on for a "
            "repository.",
            AccessDenied,
        ),
        Situation.NOT_FOUND: _Sentences(
            "{where} does not exist on that server (404).{said}",
            _ADDRESS + " Runner lists exist from Forgejo 15 on, and a proxy may hide them.",
        ),
        Situation.GITEA: _Sentences(
            "{where} is a Gitea server ({detail}), whose API does not show a runner's owner and repository ids.",
            "Give the address of a Forgejo server, or upgrade Gitea to 1.24 or later, which repairs combined rows by "
            "itself.",
        ),
        Situation.NOT_FORGEJO: _Sentences("{where} does not exist (404), so no Forgejo API is there.", _ADDRESS),
        Situation.TOO_MANY_REQUESTS: _Sentences(
            "{where} asks for fewer requests (429){detail}.",
            "Run the check later, or raise the limit that the proxy sets for this address.",
        ),
        Situation.SERVER_ERROR: _Sentences(
            "{where} failed on the server's side ({detail}).",
            "See Forgejo's log for the cause and run the check again.",
        ),
        Situation.UNEXPECTED_STATUS: _Sentences("{where} answered {detail}, which no Forgejo would here.", _ADDRESS),
        Situation.REDIRECT: _Sentences(
            "{where} redirects to {detail}. That is not followed, so that the token goes nowhere else.",
            "If Forgejo has moved, give its new address; if the repository or its owner was renamed, give the new "
            "name.",
        ),
        Situation.REDIRECT_TO_HTTPS: _Sentences(
            "{where} redirects to {detail}. That is not followed, so that the token goes nowhere else.",
            "Give the API URL with https:// instead of http://, and replace the token: it was sent unencrypted.",
        ),
        Situation.CONNECTION_REFUSED: _Sentences(
            "Nothing listens at {where} (connection refused).",
            "Check that Forgejo runs, and that host and port of the API URL are right as seen from this machine.",
        ),
        Situation.UNKNOWN_HOST: _Sentences(
            "The host of {where} has no address: the name is unknown here.",
            "Check the API URL for a typing error, and name resolution on this machine.",
        ),
        Situation.UNREACHABLE: _Sentences(
            "The connection to {where} failed ({detail}).",
            "Check from this machine that the address can be reached, and whether a proxy or firewall is in between.",
        ),
        Situation.CONNECT_TIMEOUT: _Sentences(
            "{where} did not take the connection in time.",
            "Check from this machine that the address can be reached; a firewall may drop packets silently.",
        ),
        Situation.READ_TIMEOUT: _Sentences(
            "{where} took the connection and then did not answer in time.",
            "See whether the server is overloaded and run the check again.",
        ),
        Situation.TIME_LIMIT: _Sentences(
            "{where} was not read within the time limit of {detail} s for the whole API.",
            "Run the check again when the server is less busy, or give more time with --timeout.",
        ),
        Situation.CERTIFICATE_EXPIRED: _Sentences(
            "The certificate of {where} has expired or is not valid yet.",
            "Renew the server's certificate; check this machine's clock, too.",
        ),
        Situation.CERTIFICATE_AUTHORITY_UNKNOWN: _Sentences(
            "The certificate of {where} comes from no authority known here (self-signed or private).", _CA
        ),
        Situation.CERTIFICATE_FOR_OTHER_HOST: _Sentences(
            "The certificate of {where} is for another host name.",
            "Use the name in the certificate as API URL, or have the certificate made for this name.",
        ),
        Situation.CERTIFICATE_INVALID: _Sentences("The certificate of {where} cannot be verified ({detail}).", _CA),
        Situation.TLS_NOT_SPOKEN: _Sentences(
            "{where} does not speak TLS as expected ({detail}).",
            "Check scheme and port: the port may speak plain http, or only TLS versions too old for this machine.",
        ),
        Situation.PROXY_FAILED: _Sentences(
            "The proxy set in this environment did not lead to {where}.",
            "Check HTTPS_PROXY, or exempt the host with NO_PROXY.",
        ),
        Situation.WEB_PAGE: _Sentences(
            "{where} answered with a web page instead of data: most likely the login page of a proxy in front of "
            "Forgejo.",
            "Let requests to /api/ with an Authorization header pass that login, or go to Forgejo directly. "
            + _ADDRESS,
        ),
        Situation.NOT_JSON: _Sentences("{where} answered with something that is not JSON.", _ADDRESS),
        Situation.OTHER_SHAPE: _Sentences(
            "{where} answered with JSON of another shape than Forgejo's: {detail}.",
            _ADDRESS + " If it is right, this Forgejo is newer than this tool knows: use a newer release.",
        ),
        Situation.TOO_LARGE: _Sentences(
            "{where} answered with more than {detail} MiB, more than any page of a list has.", _ADDRESS
        ),
        Situation.CUT_OFF: _Sentences(
            "The answer of {where} broke off before its end.",
            "Run the check again; if it happens again, see the log of Forgejo and of the proxy in front of it.",
        ),
        Situation.SHORT_LIST: _Sentences(
            "{where} did not give the whole list: {detail}.",
            "Run the check again when fewer runners come and go; the database does not have this problem.",
        ),
        Situation.CONTRADICTION: _Sentences(
            "{where} contradicts itself: it tells runner {detail} in two ways within one reading.",
            "Go to Forgejo directly, in case a cache or a proxy in front of it mixes old and new answers, or look at the "
            "database instead.",
        ),
        Situation.NO_TOTAL: _Sentences(
            "{where} lists runners without the header X-Total-Count, so a list cut short would go unnoticed.",
            "Let the proxy in front of Forgejo pass X-Total-Count, or go to Forgejo directly.",
        ),
        Situation.TOO_MANY_RUNNERS: _Sentences(
            "{where} says it has {detail} runners, more than this tool reads over the API.",
            "Look at the database instead (--app-ini or --database).",
        ),
        Situation.INCOMPLETE_LIST: _Sentences(
            "{where} was not read whole: {detail}.",
            "Run the same command again; if it happens again, go to Forgejo directly, without a cache or proxy in front.",
        ),
        Situation.NO_LIST_TOTAL: _Sentences(
            "{where} gives a list without the header X-Total-Count, so one cut short would go unnoticed.",
            "Let the proxy in front of Forgejo pass X-Total-Count, or go to Forgejo directly.",
        ),
        Situation.LONG_LIST: _Sentences(
            "{where} has {detail} entries, more than this tool reads.",
            "Close what is no longer wanted there. To approve a plan, another kind of evidence does as well; for the living "
            "issue, an account of its own.",
        ),
        Situation.NO_ISSUES: _Sentences(
            "{where} is not there for this token ({detail}).",
            "Check the repository's name; issues must be switched on there, and the token's user must see them with {scope}.",
            AccessDenied,
        ),
        Situation.OPEN_DEPENDENCY: _Sentences(
            "{where} cannot be closed while an issue it depends on is open (412).",
            "Take the dependency out of the issue, or close it by hand.",
        ),
        Situation.NOT_TAKEN: _Sentences(
            "{where} does not take what was sent (422).{said}",
            "See what the server says; if it is right, use a newer release of this tool.",
        ),
        Situation.ARCHIVED: _Sentences(
            "{where} belongs to an archived repository (423), which takes no changes.",
            "Take the repository out of the archive, or name another one.",
        ),
        Situation.NOT_DONE: _Sentences(
            "{where} answered that all went well, and what it shows is not what was asked for: {detail}.",
            "Go to Forgejo directly, in case a cache or a proxy in front of it answers.",
        ),
    }
)
