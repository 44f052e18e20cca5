package com.busdk.workers.ssh;

import com.busdk.workers.upcloud.testing.BadEvents.Question;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the request for a script refuses, and a real sshd on which a good one runs. */
public final class BadScriptEvents implements AutoCloseable {
    private static final String TARGET = "{\"host\":\"127.0.0.1\",\"users\":[\"root\"]}";

    private static final List<String> TARGETS = List.of(
            "null",
            "7",
            "\"127.0.0.1\"",
            "{}",
            "[]",
            "[null]",
            "[7]",
            "[[]]",
            "[{}]",
            "[" + (TARGET + ",").repeat(16) + TARGET + "]",
            "[{\"host\":7,\"users\":[\"root\"]}]",
            "[{\"host\":\"\",\"users\":[\"root\"]}]",
            "[{\"host\":\"-oProxyCommand=id\",\"users\":[\"root\"]}]",
            "[{\"host\":\"a b\",\"users\":[\"root\"]}]",
            "[{\"host\":\"a\\u0000\",\"users\":[\"root\"]}]",
            "[{\"host\":\"" + "x".repeat(100_000) + "\",\"users\":[\"root\"]}]",
            "[{\"host\":\"h\",\"port\":0,\"users\":[\"root\"]}]",
            "[{\"host\":\"h\",\"port\":65536,\"users\":[\"root\"]}]",
            "[{\"host\":\"h\",\"port\":\"ssh\",\"users\":[\"root\"]}]",
            "[{\"host\":\"h\",\"port\":\"22\",\"users\":[\"root\"]}]",
            "[{\"host\":\"h\",\"users\":[7]}]",
            "[{\"host\":\"h\"}]",
            "[{\"host\":\"h\",\"users\":\"root\"}]",
            "[{\"host\":\"h\",\"users\":[]}]",
            "[{\"host\":\"h\",\"users\":[\"-l\"]}]",
            "[{\"host\":\"h\",\"users\":[null]}]");

    private static final List<String> FIELDS = List.of(
            "\"script\":null",
            "\"script\":\"\"",
            "\"script\":{}",
            "\"script\":[\"true\"]",
            "\"script\":\"a\\u0000b\"",
            "\"script\":\"" + "x".repeat(ScriptRequest.MAX_SCRIPT_BYTES + 1) + "\"",
            "\"script\":\"a\\ud800b\"",
            "\"script\":7",
            "\"script\":\"true\",\"stdin\":{}",
            "\"script\":\"true\",\"prepare\":{}",
            "\"script\":\"true\",\"prepare\":\"a\\u0000b\"",
            "\"script\":\"true\",\"stdin\":\"\\udc00\"",
            "\"script\":\"true\",\"env\":{\"A\":\"\\ud800\"}",
            "\"script\":\"true\",\"env\":{\"A\":7}",
            "\"script\":\"true\",\"timeout_seconds\":\"60\"",
            "\"script\":\"true\",\"stdin\":\"" + "x".repeat(ScriptRequest.MAX_STDIN_BYTES + 1) + "\"",
            "\"script\":\"true\",\"env\":[]",
            "\"script\":\"true\",\"env\":{\"A\":null}",
            "\"script\":\"true\",\"env\":{\"A\":{}}",
            "\"script\":\"true\",\"env\":{\"A;id\":\"x\"}",
            "\"script\":\"true\",\"env\":{\"A\":\"\\u0000\"}",
            "\"script\":\"true\",\"timeout_seconds\":0",
            "\"script\":\"true\",\"timeout_seconds\":-1",
            "\"script\":\"true\",\"timeout_seconds\":\"soon\"",
            "\"script\":\"true\",\"timeout_seconds\":99999999999999999999",
            "\"script\":\"true\",\"output_limit\":0",
            "\"script\":\"true\",\"output_limit\":[]",
            "\"script\":\"true\",\"network_bootstrap\":7",
            "\"script\":\"true\",\"network_bootstrap\":{\"apply_netplan\":true,\"netplan_mode\":\"by-name\"}",
            "\"script\":\"true\",\"network_bootstrap\":{\"apply_netplan\":true}",
            "\"script\":\"true\",\"network_bootstrap\":{\"apply_netplan\":true,\"interface_mac\":\"x; id\"}");

    private final Sshd sshd;
    private final Path key;
    private final Path knownHosts;

    private BadScriptEvents(Sshd sshd, Path key, Path knownHosts) {
        this.sshd = sshd;
        this.key = key;
        this.knownHosts = knownHosts;
    }

    /** Starts the sshd, with all it needs in a folder. */
    public static BadScriptEvents with(Path folder) throws Exception {
        Peer.needs(Path.of("/usr/bin/ssh-keygen"), "openssh-client");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path key = Peer.key(folder.resolve("key"), "ed25519", "");
        Sshd sshd = Sshd.start(folder.resolve("sshd"), "127.0.0.1", key, List.of(Peer.me()));
        Path knownHosts = Files.writeString(folder.resolve("known_hosts"), sshd.knownHost());
        return new BadScriptEvents(sshd, key, knownHosts);
    }

    /** Flags of a worker that may log in there. */
    public Map<String, String> flags() {
        return Map.of("ssh-private-key", key.toString(), "ssh-known-hosts", knownHosts.toString());
    }

    private static final List<String> NO_CANCELLATIONS = List.of(
            "{\"correlation_id\":null}",
            "{\"correlation_id\":\"\"}",
            "{\"correlation_id\":{}}",
            "{\"correlation_id\":[\"a\"]}",
            "{\"correlationId\":\"a\"}");

    /** The requests, their rows, and a good one that logs in; a cancellation that finds nothing is not answered. */
    public Question[] questions() {
        return new Question[] {script(), Question.strict(SshRunner.CANCEL, "", NO_CANCELLATIONS)};
    }

    private Question script() {
        List<String> wrong = Stream.concat(
                        TARGETS.stream().map(targets -> "{\"targets\":" + targets + ",\"script\":\"true\"}"),
                        FIELDS.stream().map(fields -> "{\"targets\":[" + TARGET + "]," + fields + "}"))
                .toList();
        String good = "{\"targets\":[{\"host\":\"127.0.0.1\",\"port\":" + sshd.port() + ",\"users\":[\"" + Peer.me()
                + "\"]}],\"script\":\"true\"}";
        return Question.strict(SshRunner.REQUEST, good, wrong);
    }

    @Override
    public void close() {
        sshd.close();
    }
}
