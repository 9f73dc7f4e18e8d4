variable "name" {
  type        = string
  description = "Name of the repository, without its owner: the owner is the provider's."

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,100}$", var.name)) && !contains([".", ".."], var.name)
    error_message = "name must be 1 to 100 letters, digits, dots, dashes and underscores."
  }
}

variable "description" {
  type        = string
  description = "One line under the name."
  default     = ""

  validation {
    condition     = length(var.description) <= 350 && !can(regex("[\\r\\n]", var.description))
    error_message = "description must be one line of at most 350 characters."
  }
}

variable "homepage_url" {
  type        = string
  description = "Page of the project; null for none."
  default     = null

  validation {
    condition     = var.homepage_url == null || can(regex("^https://[^\\s]+$", var.homepage_url))
    error_message = "homepage_url must begin with https://."
  }
}

variable "visibility" {
  type        = string
  description = "Who sees the repository: public, private or internal (the last in an enterprise only)."
  default     = "private"

  validation {
    condition     = contains(["public", "private", "internal"], var.visibility)
    error_message = "visibility must be public, private or internal."
  }
}

variable "topics" {
  type        = set(string)
  description = "Words by which the repository is found."
  default     = []

  validation {
    condition     = length(var.topics) <= 20 && alltrue([for topic in var.topics : can(regex("^[a-z0-9][a-z0-9-]{0,49}$", topic))])
    error_message = "topics must be at most 20, each of small letters, digits and dashes, at most 50 characters."
  }
}

variable "default_branch" {
  type        = string
  description = "Branch that pull requests go to; it must exist, or be null until it does."
  default     = "main"

  validation {
    condition     = var.default_branch == null || can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.default_branch))
    error_message = "default_branch must be the name of a branch, without refs/heads/."
  }
}

variable "has_discussions" {
  type        = bool
  description = "Whether the repository has discussions beside issues."
  default     = false
}

variable "required_checks" {
  type = list(object({
    context        = string
    integration_id = optional(number, 15368)
  }))
  description = "Checks that must have succeeded before a merge. The default app, 15368, is GitHub Actions; no other one can report them then."
  default     = []

  validation {
    condition     = alltrue([for check in var.required_checks : trimspace(check.context) != "" && check.integration_id > 0])
    error_message = "required_checks needs a context, and an app's number, for each."
  }

  validation {
    condition     = length(distinct(var.required_checks[*].context)) == length(var.required_checks)
    error_message = "required_checks must not name a check twice."
  }
}

variable "required_code_scanning_tools" {
  type        = set(string)
  description = "Tools of code scanning, such as CodeQL, whose findings of high severity stop a merge."
  default     = []

  validation {
    condition     = alltrue([for tool in var.required_code_scanning_tools : trimspace(tool) != ""])
    error_message = "required_code_scanning_tools must not hold an empty name."
  }
}

variable "required_approvals" {
  type        = number
  description = "How many people must approve a pull request; 0 for a repository of one person, who cannot approve his own."
  default     = 1

  validation {
    condition     = contains(range(0, 7), var.required_approvals)
    error_message = "required_approvals must be 0 to 6."
  }
}

variable "require_code_owner_review" {
  type        = bool
  description = "Whether one of the approvals must be a code owner's; takes a CODEOWNERS file."
  default     = false
}

variable "require_signed_commits" {
  type        = bool
  description = "Whether commits on the default branch must be signed; GitHub signs those that it makes when it merges."
  default     = true
}

variable "bypass_actors" {
  type = list(object({
    actor_type = string
    actor_id   = optional(number)
  }))
  description = "Who may merge a pull request past the rules of the default branch, in an emergency: such as RepositoryRole 5, administrators. Nobody pushes past them."
  default     = []

  validation {
    condition = alltrue([
      for actor in var.bypass_actors : contains(["RepositoryRole", "Team", "Integration", "OrganizationAdmin", "User"], actor.actor_type)
    ])
    error_message = "bypass_actors takes RepositoryRole, Team, Integration, OrganizationAdmin and User."
  }

  validation {
    condition     = alltrue([for actor in var.bypass_actors : (actor.actor_type == "OrganizationAdmin") == (actor.actor_id == null)])
    error_message = "bypass_actors needs an actor_id for all but OrganizationAdmin, which has none."
  }
}

variable "protected_tags" {
  type        = list(string)
  description = "Patterns of tags that nobody changes or deletes once they are there."
  default     = ["v*"]

  validation {
    condition     = alltrue([for tag in var.protected_tags : can(regex("^[^\\s~^:?\\[\\\\]+$", tag)) && !startswith(tag, "refs/")])
    error_message = "protected_tags must be patterns of names, without refs/tags/."
  }
}

variable "allowed_actions" {
  type        = set(string)
  description = "Patterns of actions beside GitHub's own that workflows may use, such as docker/login-action@*. All must be pinned by commit in any case."
  default     = []

  validation {
    condition     = alltrue([for pattern in var.allowed_actions : can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+@\\S+$", pattern))])
    error_message = "allowed_actions must be OWNER/ACTION@VERSION, where VERSION may be *; an owner alone would allow all of theirs."
  }
}

variable "advanced_security" {
  type        = bool
  description = "Whether a private or internal repository has GitHub's advanced security, which is paid for; public ones always have it."
  default     = false

  validation {
    condition     = !(var.advanced_security && var.visibility == "public")
    error_message = "advanced_security cannot be set for a public repository: it always has it."
  }
}

variable "environments" {
  type = map(object({
    reviewer_user_ids   = optional(list(number), [])
    reviewer_team_ids   = optional(list(number), [])
    prevent_self_review = optional(bool, true)
    can_admins_bypass   = optional(bool, false)
    wait_minutes        = optional(number, 0)
    branches            = optional(list(string), [])
    tags                = optional(list(string), [])
  }))
  description = "Environments by name: who must approve a job that uses one, and from which branches and tags (patterns) it may come."
  default     = {}

  validation {
    condition     = alltrue([for environment in values(var.environments) : length(environment.branches) + length(environment.tags) > 0])
    error_message = "environments must each say from which branches or tags they are used."
  }

  validation {
    condition     = alltrue([for environment in values(var.environments) : length(concat(environment.reviewer_user_ids, environment.reviewer_team_ids)) <= 6])
    error_message = "environments can each have 6 reviewers at most."
  }

  validation {
    condition     = alltrue([for environment in values(var.environments) : environment.wait_minutes >= 0 && environment.wait_minutes <= 43200])
    error_message = "environments can each wait 0 to 43200 minutes (30 days)."
  }

  validation {
    condition     = alltrue([for name in keys(var.environments) : can(regex("^[^:]{1,255}$", name))])
    error_message = "environments must have names of 1 to 255 characters, without a colon."
  }
}

variable "labels" {
  type = map(object({
    color       = string
    description = optional(string, "")
  }))
  description = "All labels by name; others are removed. Empty leaves the labels as they are."
  default     = {}

  validation {
    condition     = alltrue([for label in values(var.labels) : can(regex("^[0-9a-f]{6}$", label.color))])
    error_message = "labels must have a color of six small hexadecimal digits, without #."
  }

  validation {
    condition     = alltrue([for label in values(var.labels) : length(label.description) <= 100])
    error_message = "labels must have a description of at most 100 characters."
  }
}
