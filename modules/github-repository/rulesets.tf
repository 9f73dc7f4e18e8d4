resource "github_repository_ruleset" "default_branch" {
  name        = "default branch"
  repository  = github_repository.this.name
  target      = "branch"
  enforcement = "active"

  conditions {
    ref_name {
      include = ["~DEFAULT_BRANCH"]
      exclude = []
    }
  }

  dynamic "bypass_actors" {
    for_each = var.bypass_actors

    content {
      actor_type  = bypass_actors.value.actor_type
      actor_id    = bypass_actors.value.actor_id
      bypass_mode = "pull_request"
    }
  }

  rules {
    deletion                = true
    non_fast_forward        = true
    required_linear_history = true
    required_signatures     = var.require_signed_commits

    pull_request {
      allowed_merge_methods             = ["squash"]
      required_approving_review_count   = var.required_approvals
      dismiss_stale_reviews_on_push     = true
      require_code_owner_review         = var.require_code_owner_review
      require_last_push_approval        = var.required_approvals > 0
      required_review_thread_resolution = true
    }

    dynamic "required_status_checks" {
      for_each = length(var.required_checks) > 0 ? [true] : []

      content {
        # Two changes that are good each by itself may not be together.
        strict_required_status_checks_policy = true

        dynamic "required_check" {
          for_each = var.required_checks

          content {
            context        = required_check.value.context
            integration_id = required_check.value.integration_id
          }
        }
      }
    }

    dynamic "required_code_scanning" {
      for_each = length(var.required_code_scanning_tools) > 0 ? [true] : []

      content {
        dynamic "required_code_scanning_tool" {
          for_each = var.required_code_scanning_tools

          content {
            tool                      = required_code_scanning_tool.value
            alerts_threshold          = "errors"
            security_alerts_threshold = "high_or_higher"
          }
        }
      }
    }
  }
}

resource "github_repository_ruleset" "tags" {
  count = length(var.protected_tags) > 0 ? 1 : 0

  name        = "release tags"
  repository  = github_repository.this.name
  target      = "tag"
  enforcement = "active"

  conditions {
    ref_name {
      include = [for tag in var.protected_tags : "refs/tags/${tag}"]
      exclude = []
    }
  }

  rules {
    deletion         = true
    non_fast_forward = true
    update           = true
  }
}
