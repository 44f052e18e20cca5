package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class SshRunnerOptionsTest {
    @TempDir
    Path folder;

    @Test
    void shouldHaveTheDefaultsOfTheContract() {
        SshRunnerOptions options = SshRunnerOptions.read(Map.of("ssh-private-key", "/k"), Map.of("HOME", "/home/bus"));
        assertEquals(
                new SshRunnerOptions(
                        Path.of("/k"),
                        Optional.empty(),
                        Path.of("/home/bus/.ssh/known_hosts"),
                        false,
                        64,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(30),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(5),
                        1 << 20,
                        1 << 20),
                options);
    }

    @Test
    void shouldReadTheEnvironmentOfTheContract() {
        SshRunnerOptions options = SshRunnerOptions.read(
                Map.of(),
                Map.of(
                        "BUS_SSH_RUNNER_PRIVATE_KEY", "/k",
                        "BUS_SSH_RUNNER_KNOWN_HOSTS", "/kh",
                        "BUS_SSH_RUNNER_ACCEPT_NEW", "yes",
                        "BUS_SSH_RUNNER_MAX_SESSIONS", "3",
                        "BUS_SSH_RUNNER_CONNECT_TIMEOUT", "7",
                        "BUS_SSH_RUNNER_KEY_PASSPHRASE", "hush"));
        assertEquals(Path.of("/k"), options.privateKey());
        assertEquals(Path.of("/kh"), options.knownHosts());
        assertTrue(options.acceptNew());
        assertEquals(3, options.maxSessions());
        assertEquals(Duration.ofSeconds(7), options.connectTimeout());
        assertEquals(Optional.of(new Passphrase("hush")), options.passphrase());
        assertFalse(options.toString().contains("hush"), options.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "max-sessions,0", "max-sessions,1025", "max-sessions,many", "connect-timeout,0", "connect-timeout,-1s",
        "script-timeout,25h", "script-timeout,soon", "idle-timeout,0s", "keep-alive,1ms", "output-limit,0",
        "max-event-bytes,1KiB", "ssh-accept-new,maybe", "no-such-flag,1"
    })
    void shouldRefuseWhatIsWrongAndNameIt(String flag, String value) {
        Map<String, String> flags = new HashMap<>(Map.of("ssh-private-key", "/k", "ssh-known-hosts", "/kh"));
        flags.put(flag, value);
        ConfigException e = assertThrows(ConfigException.class, () -> SshRunnerOptions.read(flags, Map.of()));
        assertTrue(e.getMessage().contains("--" + flag), e.getMessage());
    }

    @Test
    void shouldSayWhatIsMissing() {
        ConfigException key =
                assertThrows(ConfigException.class, () -> SshRunnerOptions.read(Map.of(), Map.of("HOME", "/h")));
        assertTrue(key.getMessage().contains("BUS_SSH_RUNNER_PRIVATE_KEY"), key.getMessage());
        ConfigException hosts = assertThrows(
                ConfigException.class, () -> SshRunnerOptions.read(Map.of("ssh-private-key", "/k"), Map.of()));
        assertTrue(hosts.getMessage().contains("BUS_SSH_RUNNER_KNOWN_HOSTS"), hosts.getMessage());
    }

    @Test
    void shouldSayWhyAKeyCannotBeUsed() throws Exception {
        Peer.needs(Path.of("/usr/bin/ssh-keygen"), "openssh-client");
        Path locked = Peer.key(folder.resolve("locked"), "ed25519", "right");
        Path garbage =
                Files.writeString(folder.resolve("garbage"), "-----BEGIN SECRET-4711 PRIVATE KEY-----\nSECRET-4711\n");
        Path empty = Files.writeString(folder.resolve("empty"), "");
        Path huge = Files.write(folder.resolve("huge"), new byte[70_000]);
        for (Path file : List.of(locked, garbage, empty, huge, folder, folder.resolve("missing"))) {
            assertTrue(keyFailure(file, Map.of()).contains(file.toString()));
        }
        assertTrue(keyFailure(locked, Map.of()).contains("BUS_SSH_RUNNER_KEY_PASSPHRASE"));
        String wrong = keyFailure(locked, Map.of("BUS_SSH_RUNNER_KEY_PASSPHRASE", "wrong-4711"));
        assertTrue(wrong.contains("its passphrase"), wrong);
        assertFalse(wrong.contains("4711"), wrong);
        assertFalse(keyFailure(garbage, Map.of()).contains("4711"));
    }

    private static String keyFailure(Path key, Map<String, String> environment) {
        SshRunnerOptions options =
                SshRunnerOptions.read(Map.of("ssh-private-key", key.toString(), "ssh-known-hosts", "/kh"), environment);
        return assertThrows(ConfigException.class, () -> PrivateKey.read(options))
                .getMessage();
    }
}
