"""The one function behind every path: deployed as the folder above, standard library and boto3."""
