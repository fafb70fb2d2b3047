"""Says of each JSON text of a batch whether it is valid by a JSON Schema.

Arguments: the schema, the batch. The batch is a JSON text sequence (RFC 7464): each text after a record separator.
Prints a line for each: "valid", or "invalid" with the keyword and the place of the first fault.
"""

import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], "rb") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
with open(sys.argv[2], "rb") as file:
    texts = file.read().split(b"\x1e")[1:]
for text in texts:
    fault = next(validator.iter_errors(json.loads(text)), None)
    if fault is None:
        print("valid")
    else:
        path = "/".join(str(part) for part in fault.absolute_path)
        print(json.dumps(f"invalid: {fault.validator} at /{path}")[1:-1])
