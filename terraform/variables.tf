variable "owner" {
  type        = string
  description = "User or organization that owns the repository."

  validation {
    condition     = can(regex("^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$", var.owner))
    error_message = "owner must be the name of a user or an organization."
  }
}

variable "visibility" {
  type        = string
  description = "Who sees the repository: public, private or internal."
  default     = "public"

  validation {
    condition     = contains(["public", "private", "internal"], var.visibility)
    error_message = "visibility must be public, private or internal."
  }
}

variable "release_reviewer_ids" {
  type        = list(number)
  description = "Numbers of the users who approve a release; without any, a pushed tag is enough."
  default     = []

  validation {
    condition     = length(var.release_reviewer_ids) <= 6
    error_message = "release_reviewer_ids can be 6 at most."
  }
}

variable "required_approvals" {
  type        = number
  description = "How many people must approve a pull request; 0 as long as one person works on it."
  default     = 1

  validation {
    condition     = contains(range(0, 7), var.required_approvals)
    error_message = "required_approvals must be 0 to 6."
  }
}
