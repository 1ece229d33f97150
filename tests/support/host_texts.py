"""Host configurations for tests, and what the parser says of them."""

from __future__ import annotations

import pytest

from runner_scope_doctor.host.configuration import parse_host_configuration
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration

FILE = "host.yml"

SMALLEST = """\
version: 1
instance: https://git.example.org/
state: /var/lib/runner-scope-doctor
connections: {check: {app_ini: /etc/forgejo/app.ini}}
"""

PEOPLE = """\
people:
  - {forgejo: {id: 7, login: ops-lead}, ssh: [ops-lead@example.org], login: opslead}
  - {forgejo: {id: 9, login: second-operator}}
"""
"""Follows SMALLEST, so that the people stand on the lines 6 and 7."""

ENVIRONMENT = """\
environments:
  deploy-runner-repair:
    repository: {id: 12, name: ops/forgejo}
    workflow: .forgejo/workflows/scope-repair.yml
    deployment_branches: [main]
    reviewers: [ops-lead, second-operator]
    evidence: [dispatch, review]
api: {token_file: /etc/runner-scope-doctor/api.token}
"""
"""Follows SMALLEST and PEOPLE, so that it begins on line 8."""

WHOLE = """\
version: 1
instance: https://git.example.org/
state: /var/lib/runner-scope-doctor
contract: /etc/runner-scope-doctor/runner-scope.yml
connections:
  check: {app_ini: /etc/forgejo/app.ini}
  approval: {database_url_file: /etc/runner-scope-doctor/approval.url}
  backup: {database_url_file: /etc/runner-scope-doctor/backup.url}
  repair: {database_url_file: /etc/runner-scope-doctor/repair.url}
people:
  - {forgejo: {id: 7, login: ops-lead}, ssh: [ops-lead@example.org, ops-lead@laptop], login: opslead}
  - {forgejo: {id: 9, login: second-operator}}
allowed_signers: /etc/runner-scope-doctor/allowed_signers
revoked_keys: /etc/runner-scope-doctor/revoked_keys
api: {token_file: /etc/runner-scope-doctor/api.token, ca_file: /etc/runner-scope-doctor/ca.pem}
prevent_self_review: false
plan_valid_for: 2h
environments:
  deploy-runner-repair:
    repository: {id: 12, name: ops/forgejo}
    workflow: .forgejo/workflows/scope-repair.yml
    deployment_branches: [main, refs/heads/release/v2]
    reviewers: [second-operator, ops-lead]
    required_approvals: 2
    prevent_self_review: true
    plan_valid_for: 30m
    evidence: [dispatch, review, signature]
    require_all: true
service: {callers: [forgejo-runner, second-runner]}
break_glass: opslead
reports: {prometheus: /var/lib/node/scope.prom, json: /var/lib/node/scope.json}
ping:
  url_file: /etc/runner-scope-doctor/ping.url
  failure_url_file: /etc/runner-scope-doctor/failure.url
  ca_file: /etc/runner-scope-doctor/ca.pem
issues: {repository: ops/forgejo, token_file: /etc/runner-scope-doctor/issues.token, ca_file: /etc/runner-scope-doctor/ca.pem}
"""


def parsed(text: str) -> HostConfiguration:
    """The configuration in the text."""
    return parse_host_configuration(text, file=FILE)


def refusal(text: str) -> str:
    """What is said about a text that is no host configuration."""
    with pytest.raises(SettingsInvalid) as caught:
        parsed(text)
    return caught.value.problem
