locals {
  is_public = var.visibility == "public"
  # Private repositories have these only together with advanced security.
  has_security_features = local.is_public || var.advanced_security
}

resource "github_repository" "this" {
  name         = var.name
  description  = var.description
  homepage_url = var.homepage_url
  visibility   = var.visibility
  topics       = var.topics

  has_issues      = true
  has_discussions = var.has_discussions
  has_projects    = false
  has_wiki        = false

  # One pull request is one commit, under the title and text that were reviewed.
  allow_squash_merge          = true
  allow_merge_commit          = false
  allow_rebase_merge          = false
  squash_merge_commit_title   = "PR_TITLE"
  squash_merge_commit_message = "PR_BODY"
  allow_auto_merge            = true
  allow_update_branch         = true
  delete_branch_on_merge      = true
  web_commit_signoff_required = true

  # Who removes the module from a configuration by mistake loses nothing.
  archive_on_destroy = true

  dynamic "security_and_analysis" {
    for_each = local.has_security_features ? [true] : []

    content {
      dynamic "advanced_security" {
        for_each = local.is_public ? [] : [true]

        content {
          status = "enabled"
        }
      }

      secret_scanning {
        status = "enabled"
      }

      secret_scanning_push_protection {
        status = "enabled"
      }
    }
  }
}

resource "github_branch_default" "this" {
  count = var.default_branch == null ? 0 : 1

  repository = github_repository.this.name
  branch     = var.default_branch
}

resource "github_repository_vulnerability_alerts" "this" {
  repository = github_repository.this.name
  enabled    = true
}

resource "github_repository_dependabot_security_updates" "this" {
  repository = github_repository.this.name
  enabled    = true

  # GitHub refuses them where there are no alerts.
  depends_on = [github_repository_vulnerability_alerts.this]
}

resource "github_issue_labels" "this" {
  count = length(var.labels) > 0 ? 1 : 0

  repository = github_repository.this.name

  dynamic "label" {
    for_each = var.labels

    content {
      name        = label.key
      color       = label.value.color
      description = label.value.description
    }
  }
}
