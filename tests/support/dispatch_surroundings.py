"""What somebody can do around an honest dispatch so that it must not approve any more."""

from __future__ import annotations

from types import MappingProxyType

from support.dispatches import MALLORY_ID

Change = tuple[str, str, str]
"""What somebody does to the server, how it is taken back, and the reason an honest dispatch is then refused for."""

RULE = "UPDATE protected_branch SET {} WHERE repo_id = 12"
SERVER_CHANGES: MappingProxyType[str, Change] = MappingProxyType({
    "owner renamed": (
        "UPDATE {user} SET name = 'ops2' WHERE id = 3",
        "UPDATE {user} SET name = 'ops' WHERE id = 3",
        "belongs to the repository with the id 12, which is called ops2/forgejo now, not ops/forgejo.",
    ),
    "repository renamed": (
        "UPDATE repository SET name = 'Forgejo' WHERE id = 12",
        "UPDATE repository SET name = 'forgejo' WHERE id = 12",
        "which is called ops/Forgejo now, not ops/forgejo.",
    ),
    "repository transferred": (
        f"UPDATE repository SET owner_id = {MALLORY_ID} WHERE id = 12",
        "UPDATE repository SET owner_id = 3 WHERE id = 12",
        "which is called mallory/forgejo now, not ops/forgejo.",
    ),
    "owner gone": (
        "UPDATE repository SET owner_id = 4321 WHERE id = 12",
        "UPDATE repository SET owner_id = 3 WHERE id = 12",
        "belongs to the repository with the id 12, which is gone, or its owner is.",
    ),
    "repository made a mirror": (
        "UPDATE repository SET is_mirror = TRUE WHERE id = 12",
        "UPDATE repository SET is_mirror = FALSE WHERE id = 12",
        "belongs to a repository that is a mirror",
    ),
    "rule of another repository": (
        RULE.format("repo_id = 13"),
        "UPDATE protected_branch SET repo_id = 12",
        "was made on main, for which the server has no protection rule of exactly that name.",
    ),
    "rule is a pattern": (
        RULE.format("branch_name = 'm*'"),
        RULE.format("branch_name = 'main'"),
        "for which the server has no protection rule of exactly that name.",
    ),
    "rule in other letters": (
        RULE.format("branch_name = 'Main'"),
        RULE.format("branch_name = 'main'"),
        "for which the server has no protection rule of exactly that name.",
    ),
    "every writer may push": (
        RULE.format("can_push = TRUE"),
        RULE.format("can_push = FALSE"),
        "was made on main, which is not protected against others: every writer may push to it.",
    ),
    "another may push": (
        RULE.format("can_push = TRUE, enable_whitelist = TRUE, whitelist_user_i_ds = '[7,99]'"),
        RULE.format("can_push = FALSE, enable_whitelist = FALSE, whitelist_user_i_ds = 'null'"),
        "the user with the id 99 may push to it and is no reviewer.",
    ),
    "a team may push": (
        RULE.format("can_push = TRUE, enable_whitelist = TRUE, whitelist_team_i_ds = '[1]'"),
        RULE.format("can_push = FALSE, enable_whitelist = FALSE, whitelist_team_i_ds = 'null'"),
        "a team may push to it, whose members others decide.",
    ),
    "keys may push": (
        RULE.format("can_push = TRUE, enable_whitelist = TRUE, whitelist_deploy_keys = TRUE"),
        RULE.format("can_push = FALSE, enable_whitelist = FALSE, whitelist_deploy_keys = FALSE"),
        "deploy keys may push to it.",
    ),
    "a list is damaged": (
        RULE.format("can_push = TRUE, enable_whitelist = TRUE, whitelist_user_i_ds = '{\"7\":9}'"),
        RULE.format("can_push = FALSE, enable_whitelist = FALSE, whitelist_user_i_ds = 'null'"),
        "the list of who may push to it cannot be read.",
    ),
    "some files are open": (
        RULE.format("unprotected_file_patterns = '.forgejo/**'"),
        RULE.format("unprotected_file_patterns = ' ; '"),
        "its rule has unprotected file patterns, and every writer may push such files.",
    ),
    "every writer may merge": (
        RULE.format("enable_merge_whitelist = FALSE"),
        RULE.format("enable_merge_whitelist = TRUE"),
        "every writer may merge into it; limit merges to the reviewers.",
    ),
    "another may merge": (
        RULE.format("merge_whitelist_user_i_ds = '[9,99]'"),
        RULE.format("merge_whitelist_user_i_ds = '[7,9]'"),
        "the user with the id 99 may merge into it and is no reviewer.",
    ),
    "a team may merge": (
        RULE.format("merge_whitelist_team_i_ds = '[2]'"),
        RULE.format("merge_whitelist_team_i_ds = '[]'"),
        "a team may merge into it, whose members others decide.",
    ),
})  # fmt: skip
"""What a writer, the repository's administrator or the site's may do around a run."""
