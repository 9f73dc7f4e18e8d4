locals {
  deployment_policies = merge([
    for name, environment in var.environments : merge(
      { for branch in environment.branches : "${name}:branch:${branch}" => { environment = name, branch = branch, tag = null } },
      { for tag in environment.tags : "${name}:tag:${tag}" => { environment = name, branch = null, tag = tag } },
    )
  ]...)
}

resource "github_repository_environment" "this" {
  for_each = var.environments

  repository          = github_repository.this.name
  environment         = each.key
  can_admins_bypass   = each.value.can_admins_bypass
  prevent_self_review = each.value.prevent_self_review
  wait_timer          = each.value.wait_minutes

  dynamic "reviewers" {
    for_each = length(concat(each.value.reviewer_user_ids, each.value.reviewer_team_ids)) > 0 ? [true] : []

    content {
      users = each.value.reviewer_user_ids
      teams = each.value.reviewer_team_ids
    }
  }

  deployment_branch_policy {
    protected_branches     = false
    custom_branch_policies = true
  }
}

resource "github_repository_environment_deployment_policy" "this" {
  for_each = local.deployment_policies

  repository     = github_repository.this.name
  environment    = github_repository_environment.this[each.value.environment].environment
  branch_pattern = each.value.branch
  tag_pattern    = each.value.tag
}
