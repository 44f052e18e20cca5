package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class KnownHostsTest {
    private static final String BLOB = Base64.getEncoder().encodeToString("key".getBytes(StandardCharsets.UTF_8));

    @TempDir
    Path folder;

    private Path file;
    private KnownHosts hosts;

    @BeforeEach
    void makeHosts() {
        file = folder.resolve("known_hosts");
        hosts = new KnownHosts(file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "host              | host      | 22   | true",
                "host              | HOST      | 22   | true",
                "HOST              | host      | 22   | true",
                "host              | host      | 2222 | false",
                "[host]:2222       | host      | 2222 | true",
                "[host]:2222       | host      | 22   | false",
                "[host]:2222       | host      | 2223 | false",
                "other,host        | host      | 22   | true",
                "*.example.org     | a.example.org | 22 | true",
                "*.example.org     | example.org   | 22 | false",
                "h?st              | host      | 22   | true",
                "h?st              | hst       | 22   | false",
                "*,!host           | host      | 22   | false",
                "!host,*           | host      | 22   | false",
                "*,!host           | other     | 22   | true",
                "h.st              | host      | 22   | false",
                "[fd00::1]:2222    | fd00::1   | 2222 | true",
                "fd00::1           | fd00::1   | 22   | true"
            })
    void shouldFindAHostByNameAndPattern(String names, String host, int port, boolean found) throws Exception {
        Files.writeString(file, "# comment\n\n" + names + " ssh-ed25519 " + BLOB + " remark of someone\n");
        List<KnownHosts.HostKey> keys = hosts.of(host, port);
        assertEquals(found ? 1 : 0, keys.size());
        if (found) {
            assertEquals("ssh-ed25519", keys.get(0).type());
            assertEquals(BLOB, keys.get(0).base64());
        }
    }

    @Test
    void shouldReadWhatSshKeygenHashes() throws Exception {
        Peer.needs(Path.of("/usr/bin/ssh-keygen"), "openssh-client");
        String key = Peer.publicKey(Peer.key(folder.resolve("key"), "ed25519", ""));
        Files.writeString(file, "plain.example " + key + "\n[ported.example]:2222 " + key + "\n");
        Peer.run("ssh-keygen", "-q", "-H", "-f", file.toString());
        assertTrue(Files.readString(file).lines().allMatch(line -> line.startsWith("|1|")));
        assertEquals(1, hosts.of("plain.example", 22).size());
        assertEquals(1, hosts.of("ported.example", 2222).size());
        assertEquals(0, hosts.of("ported.example", 22).size());
        assertEquals(0, hosts.of("other.example", 22).size());
    }

    @Test
    void shouldMarkRevokedKeysAndPassOverAuthorities() throws Exception {
        Files.writeString(
                file, "@revoked host ssh-ed25519 " + BLOB + "\n@cert-authority host ssh-ed25519 " + BLOB + "\n");
        List<KnownHosts.HostKey> keys = hosts.of("host", 22);
        assertEquals(1, keys.size());
        assertTrue(keys.get(0).revoked());
    }

    @ParameterizedTest
    @CsvSource({
        "host",
        "host ssh-ed25519",
        "|1|x ssh-ed25519 a2V5",
        "|1|*|* ssh-ed25519 a2V5",
        "@revoked host ssh-ed25519"
    })
    void shouldPassOverDamagedLines(String line) throws Exception {
        Files.writeString(file, line + "\nhost ssh-rsa " + BLOB + "\n");
        assertEquals(1, hosts.of("host", 22).size());
    }

    @Test
    void shouldNotTakeAHostForUnknownWhoseKeyIsDamaged() throws Exception {
        Files.writeString(file, "host ssh-ed25519 ***\n");
        List<KnownHosts.HostKey> keys = hosts.of("host", 22);
        assertEquals(1, keys.size());
        assertTrue(keys.get(0).revoked());
    }

    @Test
    void shouldReadTheFileAnewEachTime() throws Exception {
        assertEquals(0, hosts.of("host", 22).size());
        Files.writeString(file, "host ssh-ed25519 " + BLOB + "\n");
        assertEquals(1, hosts.of("host", 22).size());
    }

    @Test
    void shouldAddAKeyToAPrivateFile() throws Exception {
        Path deep = folder.resolve("a/b/known_hosts");
        KnownHosts fresh = new KnownHosts(deep);
        fresh.add("Host", 22, "ssh-ed25519", BLOB);
        fresh.add("host", 2222, "ssh-rsa", BLOB);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(deep)));
        assertEquals(BLOB, fresh.of("host", 22).get(0).base64());
        assertEquals("ssh-rsa", fresh.of("host", 2222).get(0).type());
    }

    @Test
    void shouldNotJoinItsLineToOneWithoutAnEnd() throws Exception {
        Files.writeString(file, "old ssh-ed25519 " + BLOB);
        hosts.add("new", 22, "ssh-ed25519", BLOB);
        assertEquals(1, hosts.of("old", 22).size());
        assertEquals(1, hosts.of("new", 22).size());
    }

    @Test
    void shouldSayWhatCannotBeRead() throws Exception {
        Files.createDirectory(file);
        IOException failure = assertThrows(IOException.class, () -> hosts.of("host", 22));
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
    }
}
