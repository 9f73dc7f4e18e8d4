"""The life of a job through the client that openapi-generator makes for Python (package `mathmill_api`).

python use_openapi_generator.py URL FILE
"""

import sys

from mathmill_api import ApiClient, Configuration, EvaluateApi, JobsApi, OperationsApi
from mathmill_api.exceptions import NotFoundException
from mathmill_api.models import EvaluationRequest, JobUpload

url, path = sys.argv[1:]
client = ApiClient(Configuration(host=url))
jobs, job_operations, evaluation = JobsApi(client), OperationsApi(client), EvaluateApi(client)
operations = ["7 + 4 + 6 - 5 * 2", "0.1 + 0.2", "1 / 0"]

# A job from a list of operations, and one from the lines of a file: this generator takes one form of each body.
created = jobs.create_job(JobUpload(operations=operations))
assert created.created_operations == 3, created
job = jobs.get_job(created.id, wait=60)
assert (job.status, job.succeeded, job.failed) == ("Completed", 2, 1), job
with open(path) as file:
    uploaded = jobs.create_job(JobUpload(operations=file.read().splitlines(), name="from openapi-generator"))
assert uploaded.created_operations == 250, uploaded

# Events until the end.
events = jobs.watch_job(uploaded.id)
assert 'data: {"reason":"finished"}' in events, events

# Pages.
assert any(item.id == uploaded.id and item.name == "from openapi-generator" for item in jobs.list_jobs().items)
first = job_operations.list_operations(uploaded.id)
assert (first.total, len(first.items), first.items[0].result) == (250, 30, "2"), first
second = job_operations.list_operations(uploaded.id, page=2, size=100)
assert second.items[0].id == "101", second

# Results.
# Its default asks for NDJSON, for whose media type it has no reader.
results = job_operations.get_results(created.id, format="text")
assert results == "7\n0.3\nERROR DIV0: Division by zero. (column 3)\n", results

# A few operations without a job.
outcomes = evaluation.evaluate(EvaluationRequest(operations=operations)).results
assert (outcomes[1].result, outcomes[2].error.code) == ("0.3", "DIV0"), outcomes

# Cancel, delete, and the problem of a job that is gone.
assert jobs.cancel_job(created.id).status == "Completed"
for job_id in (created.id, uploaded.id):
    jobs.delete_job(job_id)
try:
    jobs.get_job(created.id)
    raise AssertionError("the job should be gone")
except NotFoundException as error:
    assert error.data.code == "JOB_NOT_FOUND", error
print("passed")
