# SPDX-License-Identifier: MIT
"""Two members of a replica set, a primary and a secondary, played in front of one MongoDB server: each
has a port, says what it is to who greets it, and keeps the commands it was sent. The secondary is never
behind, as it is the same server."""
from wire import Wire

GREETINGS = {"hello", "ismaster", "isMaster"}


class Member:
    def __init__(self, members, server_port):
        self.members, self.commands, self.away = members, [], False
        self.wire = Wire(server_port)
        self.wire.spoil = self._reply
        self.address = f"127.0.0.1:{self.wire.port}"

    def _reply(self, name, command, reply):
        if self.away:
            return None
        if name not in GREETINGS:
            self.commands.append(command)
            return reply
        leads = self.members.primary is self
        greeting = {**reply, "setName": "played", "hosts": [one.address for one in self.members.all],
                    "primary": self.members.primary.address, "me": self.address,
                    "isWritablePrimary": leads, "ismaster": leads, "secondary": not leads}
        greeting.pop("topologyVersion", None)  # or changes would be awaited in one long reply
        return greeting


class Members:
    """`members.primary.commands`; leave(), come_back() and elect() take a member."""

    def __init__(self, server_port):
        self.primary, self.secondary = self.all = [Member(self, server_port) for _ in range(2)]

    def uri(self, options):
        hosts = ",".join(member.address for member in self.all)
        return f"mongodb://{hosts}/?replicaSet=played&{options}"

    @staticmethod
    def leave(member):
        """Its connections are closed, and new ones as soon as they ask."""
        member.away = True
        member.wire.drop()

    @staticmethod
    def come_back(member):
        member.away = False

    def elect(self, member):
        [self.secondary] = [one for one in self.all if one is not member]
        self.primary = member

    def close(self):
        for member in self.all:
            member.wire.close()
