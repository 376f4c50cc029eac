"""As much of psycopg as the shard manager uses, over the `psql` of the server under test: for where the package is not installed."""

import subprocess


class Error(Exception):
    sqlstate = None

    class diag:  # noqa: N801
        message_primary = None


class OperationalError(Error):
    pass


def quoted(value):
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


class Connection:
    def __init__(self, host, port, dbname, user):
        self.command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-h", host, "-p", str(port), "-U", user or "postgres", "-d", dbname]

    def execute(self, query, values=()):
        filled = query.replace("%s", "{}").format(*map(quoted, values))
        done = subprocess.run([*self.command, "-c", filled], capture_output=True, text=True, check=False)
        if done.returncode == 2:
            raise OperationalError(done.stderr)
        if done.returncode:
            error = Error(done.stderr)
            _, error.sqlstate, message = (part.strip() for part in done.stderr.split(":", 2))
            error.diag = type("diag", (), {"message_primary": message.splitlines()[0]})
            raise error
        return Row(done.stdout.rstrip("\n"))

    def close(self):
        pass


class Row:
    def __init__(self, value):
        self.value = value

    def fetchone(self):
        return (int(self.value) if self.value.isdigit() else self.value,)


def connect(*, host, port, dbname, user, **_):
    connection = Connection(host, port, dbname, user)
    connection.execute("SELECT 1")
    return connection
