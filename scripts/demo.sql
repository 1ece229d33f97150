-- A small Forgejo 15 database: the columns of the tables the check and `why` read, as Forgejo's own migrations make them on
-- SQLite, and the case this product was made for: a deploy host whose registration wrote both ids.
CREATE TABLE `forgejo_sem_ver` (`version` TEXT NULL);
INSERT INTO `forgejo_sem_ver` VALUES ('15.0.3+gitea-1.22.0');
CREATE TABLE `user` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `lower_name` TEXT NOT NULL, `name` TEXT NOT NULL, `type` INTEGER NULL);
INSERT INTO `user` VALUES (1, 'platform-team', 'platform-team', 1);
CREATE TABLE `repository` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `owner_id` INTEGER NULL, `owner_name` TEXT NULL, `lower_name` TEXT NOT NULL, `name` TEXT NOT NULL);
INSERT INTO `repository` VALUES (35, 1, 'platform-team', 'platform', 'platform');
CREATE TABLE `repo_unit` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `repo_id` INTEGER NULL, `type` INTEGER NULL);
CREATE INDEX `IDX_repo_unit_s` ON `repo_unit` (`repo_id`, `type`);
INSERT INTO `repo_unit` VALUES (1, 35, 1), (2, 35, 10); -- code and Actions
CREATE TABLE `action_runner` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `uuid` TEXT NULL, `name` TEXT NULL, `version` TEXT NULL, `owner_id` INTEGER NULL, `repo_id` INTEGER NULL, `description` TEXT NULL, `base` INTEGER NULL, `repo_range` TEXT NULL, `token_hash` TEXT NULL, `token_salt` TEXT NULL, `last_online` INTEGER NULL, `last_active` INTEGER NULL, `agent_labels` TEXT NULL, `ephemeral` INTEGER DEFAULT 0 NOT NULL, `created` INTEGER NULL, `updated` INTEGER NULL, `deleted` INTEGER NULL);
CREATE UNIQUE INDEX `UQE_action_runner_token_hash` ON `action_runner` (`token_hash`);
CREATE UNIQUE INDEX `UQE_action_runner_uuid` ON `action_runner` (`uuid`);
CREATE INDEX `IDX_action_runner_owner_id` ON `action_runner` (`owner_id`);
CREATE INDEX `IDX_action_runner_repo_id` ON `action_runner` (`repo_id`);
CREATE INDEX `IDX_action_runner_last_online` ON `action_runner` (`last_online`);
CREATE INDEX `IDX_action_runner_last_active` ON `action_runner` (`last_active`);
CREATE TABLE `action_run_job` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `run_id` INTEGER NULL, `repo_id` INTEGER NULL, `owner_id` INTEGER NULL, `commit_sha` TEXT NULL, `is_fork_pull_request` INTEGER NULL, `name` TEXT NULL, `attempt` INTEGER NULL, `handle` TEXT NULL, `workflow_payload` BLOB NULL, `job_id` TEXT NULL, `needs` TEXT NULL, `runs_on` TEXT NULL, `task_id` INTEGER NULL, `status` INTEGER NULL, `started` INTEGER NULL, `stopped` INTEGER NULL, `created` INTEGER NULL, `updated` INTEGER NULL);
CREATE INDEX `IDX_action_run_job_status` ON `action_run_job` (`status`);
CREATE INDEX `IDX_action_run_job_repo_id` ON `action_run_job` (`repo_id`);
CREATE TABLE `action_run` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `title` TEXT NULL, `repo_id` INTEGER NULL, `owner_id` INTEGER NULL, `workflow_id` TEXT NULL, `index` INTEGER NULL, `status` INTEGER NULL, `is_fork_pull_request` INTEGER NULL, `need_approval` INTEGER NULL, `concurrency_group` TEXT NULL, `concurrency_type` INTEGER NULL);
CREATE INDEX `IDX_action_run_status` ON `action_run` (`status`);
CREATE TABLE `action_task` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `job_id` INTEGER NULL, `attempt` INTEGER NULL, `runner_id` INTEGER NULL, `status` INTEGER NULL, `started` INTEGER NULL, `stopped` INTEGER NULL, `repo_id` INTEGER NULL, `owner_id` INTEGER NULL, `created` INTEGER NULL, `updated` INTEGER NULL);
CREATE INDEX `IDX_action_task_runner_id` ON `action_task` (`runner_id`);
CREATE INDEX `IDX_action_task_status` ON `action_task` (`status`);
CREATE TABLE `secret` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `owner_id` INTEGER NOT NULL, `repo_id` INTEGER DEFAULT 0 NOT NULL, `name` TEXT NOT NULL, `data` BLOB NULL, `created_unix` INTEGER NOT NULL);
CREATE TABLE `action_variable` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `owner_id` INTEGER NULL, `repo_id` INTEGER NULL, `name` TEXT NOT NULL, `data` TEXT NOT NULL, `created_unix` INTEGER NOT NULL, `updated_unix` INTEGER NULL);
CREATE TABLE `action_runner_token` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `token` TEXT NULL, `owner_id` INTEGER NULL REFERENCES `user` (`id`), `repo_id` INTEGER NULL REFERENCES `repository` (`id`), `is_active` INTEGER NULL, `created` INTEGER NULL, `updated` INTEGER NULL);
CREATE UNIQUE INDEX `UQE_action_runner_token_token` ON `action_runner_token` (`token`);
CREATE TABLE `action_tasks_version` (`id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, `owner_id` INTEGER NULL, `repo_id` INTEGER NULL, `version` INTEGER NULL, `created_unix` INTEGER NULL, `updated_unix` INTEGER NULL);
CREATE UNIQUE INDEX `UQE_action_tasks_version_owner_repo` ON `action_tasks_version` (`owner_id`, `repo_id`);
CREATE INDEX `IDX_action_tasks_version_repo_id` ON `action_tasks_version` (`repo_id`);
-- Each poll of the combined runner, every two seconds, raises these three and never the one it is told to look at.
INSERT INTO `action_tasks_version` VALUES (1, 0, 0, 43012, 1770000000, 1770000000), (2, 1, 0, 43007, 1770000000, 1770000000), (3, 0, 35, 43009, 1770000000, 1770000000);
-- id 4 was deleted in May; id 5 is the new registration, made with --scope platform-team/platform.
INSERT INTO `action_runner` VALUES
 (4, 'ffffffff-ffff-ffff-0400-000000000000', 'rs2000-deploy-host', 'v12.3.0', 0, 35, '', 0, '', 'hash4', 'salt4', 1778752000, 1778751000, '["deploy"]', 0, 1770000000, 1778752131, 1778752131),
 (5, '37633331-3539-3165-3862-363732323561', 'rs2000-deploy-host', 'v12.3.0', 1, 35, '', 0, '', 'hash5', 'salt5', strftime('%s', 'now') - 2, 1778760000, '["deploy"]', 0, 1778752200, strftime('%s', 'now') - 2, NULL),
 (6, '8f0f6a3c-41b6-4a84-9c53-0a7a6c1f3e55', 'shared-builder', 'v12.3.0', 0, 0, '', 0, '', 'hash6', 'salt6', strftime('%s', 'now') - 1, 1778760000, '["docker"]', 0, 1770000000, strftime('%s', 'now') - 1, NULL);
-- Two deployments that wait for it.
INSERT INTO `action_run` VALUES
 (101, 'Deploy', 35, 1, 'deploy.yml', 1, 5, 0, 0, 'refs/heads/main_deploy.yml_push__auto', 0),
 (102, 'Deploy', 35, 1, 'deploy.yml', 2, 5, 0, 0, 'refs/heads/main_deploy.yml_push__auto', 0);
INSERT INTO `action_run_job` (`run_id`, `repo_id`, `owner_id`, `name`, `attempt`, `handle`, `job_id`, `needs`, `runs_on`, `task_id`, `status`, `created`, `updated`) VALUES
 (101, 35, 1, 'deploy', 1, 'h1', 'deploy', 'null', '["deploy"]', 0, 5, strftime('%s', 'now') - 11520, strftime('%s', 'now') - 11520),
 (102, 35, 1, 'deploy', 1, 'h2', 'deploy', 'null', '["deploy"]', 0, 5, strftime('%s', 'now') - 600, strftime('%s', 'now') - 600);
