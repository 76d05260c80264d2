"""In the place of az, kubectl, helm, mvn and ./many-models: keeps what was made, and every call, in STUB_FOLDER.

A resource that exists is not made twice: a create of it fails, so that a script that does not look first is found out.
It is started a hundred times a test, and so imports little. Whether Azure takes the arguments is not asked here, but of
the recording of azure-cli's parser.
"""

import json
import os
import sys

FOLDER = os.environ["STUB_FOLDER"]
STATE = os.path.join(FOLDER, "state.json")
# Names what fails as long as the file is there.
FAIL = os.path.join(FOLDER, "fail")
REDIS_KEY = "redis-key-that-nobody-may-see"
ADMIN = "f0000000-0000-0000-0000-00000000000a"
# What `--query` finds in whatever is shown.
TOLD = {
    "id": "5ab00000-0000-0000-0000-000000000001",
    "principalId": "1d000000-0000-0000-0000-000000000001",
    "clientId": "c1000000-0000-0000-0000-000000000001",
    "oidcIssuerProfile.issuerUrl": "https://issuer.example/tenant/",
    "identityProfile.kubeletidentity.objectId": "1d000000-0000-0000-0000-000000000002",
    "properties.hostName": "managed.redis.example",
    "hostName": "cache.redis.example",
    "primaryKey": REDIS_KEY,
}
NOT_FOUND = 3


class FailedError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def read(file):
    with open(file) as source:
        return source.read()


def write(file, text):
    with open(file, "w") as target:
        target.write(text)


def options_of(words):
    """Options with their values; what may be given more than once is not among ours."""
    found, name = {}, None
    for word in words:
        if word.startswith("--"):
            name, _, value = word.partition("=")
            found[name] = value
        elif name:
            found[name] = f"{found[name]} {word}".strip()
    return found


def command_of(words):
    return " ".join(words[: next((i for i, word in enumerate(words) if word.startswith("-")), len(words))])


def identity(command, options):
    """The same for create, show and update of the same thing."""
    if command.startswith("resource "):
        return options.get("--id") or options["--ids"]
    names = ("--cluster-name", "--storage-account", "--identity-name", "--name")
    return " ".join([command.rsplit(" ", 1)[0], *(options[name] for name in names if name in options)])


def az(words, state, _stdin):
    command, options = command_of(words), options_of(words)
    if command in COMMANDS:
        return COMMANDS[command](options, state)
    there = state["there"]
    if command.endswith((" create", " add")):
        return make(there, identity(command, options), options)
    if command.endswith(" show"):
        return show(there, identity(command, options), options.get("--query"))
    raise FailedError(1, f"the stub knows no az {command}")


def delete_group(_options, state):
    state["deleted_vaults"] += [each.split()[-1] for each in state["there"] if each.startswith("keyvault ")]
    state["there"].clear()


def rest(options, state):
    name = options["--url"].partition("?")[0]
    if options["--method"] == "post":
        return TOLD[options["--query"]]
    if options["--method"] == "put":
        return make(state["there"], name, json.loads(options["--body"]))
    del state["there"][name]
    return None


def delete_assignment(options, state):
    state["there"].pop(assignment({**options, "--assignee-object-id": options["--assignee"]}))


def update_nodes(options, state):
    state["there"][identity("aks nodepool update", options)].update(options)


def built(options, state):
    return "run1" if f"image {options['--image']}" in state["there"] else ""


# Calls that neither create nor show the thing that the words before name.
COMMANDS = {
    "account show": lambda _options, _state: TOLD["id"],
    "acr build": lambda options, state: make(state["there"], f"image {options['--image']}", {}),
    "acr task list-runs": built,
    "ad signed-in-user show": lambda _options, _state: ADMIN,
    "aks get-credentials": lambda options, _state: write(options["--file"], "kubeconfig"),
    "aks nodepool update": update_nodes,
    "group delete": delete_group,
    "keyvault purge": lambda options, state: state["deleted_vaults"].remove(options["--name"]),
    "keyvault list-deleted": lambda _options, state: "\n".join(state["deleted_vaults"]),
    "redis list-keys": lambda options, _state: TOLD[options["--query"]],
    "resource wait": lambda options, state: show(state["there"], options["--ids"], None),
    "rest": rest,
    "role assignment create": lambda options, state: make(state["there"], assignment(options), options),
    "role assignment delete": delete_assignment,
    "role assignment list": lambda options, state: state["there"].get(assignment(options)) and assignment(options),
    "storage blob list": lambda _options, state: str(len(state["there"].get("blobs", []))),
    "storage blob upload-batch": lambda _options, state: make(state["there"], "blobs", ["tenant1/1/model.onnx"]),
}


def show(there, name, query):
    if name not in there:
        raise FailedError(NOT_FOUND, f"there is no {name}")
    if query == 'tags."created-by"':
        return dict([there[name].get("--tags", "=").split("=")]).get("created-by", "")
    if query and query.startswith("join("):
        return f"{there[name]['--min-count']} {there[name]['--max-count']}"
    return TOLD[query] if query else None


def assignment(options):
    return f"role {options['--role']} {options['--scope']} {options['--assignee-object-id']}"


def make(there, name, options):
    if name in there:
        raise FailedError(1, f"{name} is there already")
    there[name] = options


def kubectl(words, state, stdin):
    options = options_of(words)
    match words:
        case ["create", "secret", "generic", name, *_]:
            key = options["--from-file"].partition("=")[0]
            return json.dumps({"kind": "Secret", "name": name, "data": {key: stdin}})
        case ["apply", *_, "-f", "-"]:
            secret = json.loads(stdin)
            state["secrets"][secret["name"]] = secret["data"]
        case ["apply", *_, "-f", file]:
            if not os.path.isfile(file):
                raise FailedError(1, f"there is no {file}")
        case ["get", "secret", name, *_]:
            return f"secret/{name}" if name in state["secrets"] else ""
        case ["get", "rayservice", *_]:
            return "1"
        case ["kustomize", _, "--output", file]:
            write(file, "rendered")
        case ["wait", *_]:
            pass
        case _:
            raise FailedError(1, f"the stub knows no kubectl {' '.join(words)}")
    return None


def mvn(words, _state, _stdin):
    folder = os.path.join(os.path.dirname(words[words.index("-f") + 1]), "target")
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, "many-models.jar"), "jar")


def nothing(_words, _state, _stdin):
    return None


PROGRAMS = {"az": az, "kubectl": kubectl, "helm": nothing, "mvn": mvn, "many-models": nothing}


def main():
    program, words = sys.argv[1], sys.argv[2:]
    # Before all else: what stands after a pipe is then written down after what stands before it.
    stdin = sys.stdin.read() if any(word.endswith("=/dev/stdin") or word == "-" for word in words) else ""
    with open(os.path.join(FOLDER, "calls.jsonl"), "a") as calls:
        calls.write(json.dumps([program, *words]) + "\n")
    state = json.loads(read(STATE)) if os.path.exists(STATE) else {"there": {}, "deleted_vaults": [], "secrets": {}}
    try:
        failing = read(FAIL) if os.path.exists(FAIL) else os.environ.get("STUB_FAIL")
        if failing and " ".join([program, *words]).startswith(failing):
            raise FailedError(1, "ERROR: QuotaExceeded")
        answer = PROGRAMS[program](words, state, stdin)
    except FailedError as failure:
        sys.exit(sys.stderr.write(f"{failure}\n") and failure.code)
    if answer:
        sys.stdout.write(answer + "\n")
    # Not by what only answers: it may run beside what changes the state.
    if not answer:
        write(STATE, json.dumps(state))


if __name__ == "__main__":
    main()
