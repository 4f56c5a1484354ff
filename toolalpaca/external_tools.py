"""The functions an assistant may have beside those of the API; they act on no API."""

GET_DETAILS = "getDetails"  # asks the user
RETRIEVAL = "retrievalDataFromFile"  # looks into an answer that was too long to be shown
DATE_TIME = "getCurrentDateTime"

# What a record's `external_tools` may name, and the function that the assistant then has.
FUNCTION_OF = {"getDetails": GET_DETAILS, "retrieval": RETRIEVAL, "datetime": DATE_TIME}
EXTERNAL_TOOLS = tuple(FUNCTION_OF.values())
