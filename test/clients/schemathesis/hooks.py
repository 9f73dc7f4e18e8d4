"""What Schemathesis cannot know from the document: a media type of uploads, and rules that hold between parameters.

The rules are tested by the tests of the routes. Here, cases that break one are left out, since no schema of OpenAPI can
say that they are invalid.
"""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def serialize_ndjson(context, value):
    """The schema of these bodies is a string: it goes out as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", errors="replace")


@schemathesis.hook
def filter_case(context, case):
    return not any(breaks(case) for breaks in unwritten_rules)


# The content of formulas, headers and options is tested by the tests of the routes. Here, each table is the same.
tables = {
    "text/csv": "price,qty\n2.50,3\n",
    "text/tab-separated-values": "price\tqty\n2.50\t3\n",
}
table_options = (
    "formula",
    "total",
    "delimiter",
    "header",
    "decimal",
    "group",
    "numbers",
    "missing",
    "missing_values",
    "replace",
    "error_column",
    "errors",
    "dry_run",
)


@schemathesis.hook
def map_case(context, case):
    """What the document describes in words: times, corrections, and formulas that name the columns of the file."""
    if isinstance(query_of(case).get("before"), str):
        case.query = {**query_of(case), "before": "2000-01-01T00:00:00Z"}
    if is_repair(case) and isinstance(case.body, (str, bytes)):
        case.body = '{"id": "1", "request": "1 / 3"}\n'
    return map_upload(case) if is_upload(case) else case


def map_upload(case):
    """Options depend on the type of the file: no schema can say so."""
    for name in table_options:
        query_of(case).pop(name, None)
    if case.media_type in tables:
        case.query = {**query_of(case), "formula": ["total = price * qty"]}
        case.body = tables[case.media_type]
    return case


def has_option_twice(case):
    """An option stands in the body or in the query; in both only with the same value."""
    return any(name in query_of(case) and name in json_of(case) for name in ("mode", "precision", "name"))


def has_unprintable_name(case):
    """A job's name is printable text without control characters and the like."""
    names = (query_of(case).get("name"), json_of(case).get("name"))
    return any(isinstance(name, str) and not name.replace(" ", "").isprintable() for name in names)


def is_empty_upload(case):
    """An upload holds at least one operation (EMPTY_UPLOAD)."""
    return is_upload(case) and json_of(case).get("operations") == []


def is_no_text(case):
    """Any bytes are lines, so no body of lines violates its schema."""
    has_lines = is_repair(case) or (is_upload(case) and case.media_type != "application/json")
    return has_lines and not isinstance(case.body, (str, bytes))


def has_cursor(case):
    """A cursor comes from an earlier page, and excludes `page`."""
    return "after" in query_of(case)


def has_line_and_page(case):
    """A page is given by its number or by a line."""
    return "near_line" in query_of(case) and "page" in query_of(case)


def is_empty_search(case):
    """A search is for a text, a code or both."""
    return is_search(case) and not {"search", "error_code"} & query_of(case).keys()


def is_safe_without_spreadsheet(case):
    """The option is for CSV."""
    return "spreadsheet_safe" in query_of(case) and query_of(case).get("format") != "csv"


def has_objects_without_ndjson(case):
    """The option is for NDJSON."""
    query = query_of(case)
    return query.get("objects") == "operations" and query.get("format") != "ndjson"


def has_no_condition(case):
    """A change of many jobs says which ones are meant."""
    return is_change_of_many(case) and not {"status", "name", "before"} & query_of(case).keys()


def is_foreign_format(case):
    """Formats and bare numbers depend on the job."""
    query = query_of(case)
    return is_results(case) and (query.get("format") == "tsv" or query.get("results") == "number")


unwritten_rules = (
    has_option_twice,
    has_unprintable_name,
    is_empty_upload,
    is_no_text,
    has_cursor,
    has_line_and_page,
    is_empty_search,
    is_safe_without_spreadsheet,
    has_objects_without_ndjson,
    has_no_condition,
    is_foreign_format,
)


def is_upload(case):
    return case.operation.definition.raw.get("operationId") == "createJob"


def is_results(case):
    return case.operation.definition.raw.get("operationId") == "getResults"


def is_repair(case):
    return case.operation.definition.raw.get("operationId") == "repairJob"


def is_change_of_many(case):
    return case.operation.definition.raw.get("operationId") in ("deleteJobs", "cancelJobs")


def is_search(case):
    return case.operation.definition.raw.get("operationId") == "searchOperations"


def query_of(case):
    return case.query or {}


def json_of(case):
    return case.body if isinstance(case.body, dict) else {}
