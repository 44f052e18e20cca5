package com.busdk.workers.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.http.ApiException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts that run to their end, and targets that do not let them begin, with a real sshd. */
class SshExecutorTest extends SshTestCase {
    private Sshd server;

    private SshExecutor ready(String... flags) throws Exception {
        server = sshd("127.0.0.1");
        know(server);
        return executor(flags);
    }

    @Test
    void shouldRunAScriptAndTellHowItEnded() throws Exception {
        SshExecutor executor = ready();
        ScriptResult result = run(executor, script(server, "echo out\necho err >&2\nexit 7\n"));
        assertEquals(new ScriptResult.Place("127.0.0.1", Peer.me()), result.target());
        assertEquals(7, result.exitCode());
        assertNull(result.signal());
        assertEquals("out\n", result.stdout());
        assertEquals("err\n", result.stderr());
        assertNull(result.stdoutTruncated());
        assertNull(result.stderrTruncated());
        assertTrue(result.durationMs() >= 0);
    }

    @Test
    void shouldGiveTheScriptItsEnvironmentAndInputAndNothingElse() throws Exception {
        String hostile = "a'b \"c\" $(touch " + folder.resolve("code") + ") `id` \\ \n*\n ü -n ";
        ScriptRequest request = script(ready(), "printf '%s' \"$GREETING\"; echo; cat; env | grep -i bus >&2; set >&2")
                .withEnv(Map.of("GREETING", hostile))
                .withStdin("line 1\nexit 9\n'quoted' without end");
        ScriptResult result = run(executor(), request);
        assertEquals(hostile + "\nline 1\nexit 9\n'quoted' without end", result.stdout());
        assertFalse(Files.exists(folder.resolve("code")));
        assertFalse(result.stderr().lines().anyMatch(line -> line.startsWith("bus_")), result.stderr());
    }

    private ScriptRequest script(SshExecutor ignored, String script) {
        return script(server, script);
    }

    @Test
    void shouldKeepTheScriptOffCommandLinesAndOutOfTheEnvironment() throws Exception {
        // Only other processes: the program that looks, and the shell that makes it, have the word in their own text.
        String look = "w=sec; w=${w}ret-4711; for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline | grep -l \"$w\"; tr"
                + " '\\0' ' ' < $p/environ | grep -l \"$w\"; done 2>/dev/null; : secret-4711";
        assertEquals("", run(ready(), script(server, look)).stdout());
    }

    @Test
    void shouldKeepALargeInputWhole() throws Exception {
        String input = "0123456789abcde\n".repeat(ScriptRequest.MAX_STDIN_BYTES / 16);
        ScriptResult result = run(ready(), script(server, "wc -c").withStdin(input));
        assertEquals(
                String.valueOf(ScriptRequest.MAX_STDIN_BYTES), result.stdout().strip());
    }

    @Test
    void shouldTakeTheLargestScript() throws Exception {
        String filler = "# comment in the script that makes it long\n";
        String script = filler.repeat((ScriptRequest.MAX_SCRIPT_BYTES - 20) / filler.length()) + "echo end";
        assertEquals("end\n", run(ready(), script(server, script)).stdout());
    }

    @Test
    void shouldNotWaitForAScriptToReadItsInput() throws Exception {
        String input = "x".repeat(ScriptRequest.MAX_STDIN_BYTES);
        assertEquals(
                "done\n",
                run(ready(), script(server, "echo done").withStdin(input)).stdout());
    }

    @Test
    void shouldTellASignalFromAnExitCode() throws Exception {
        SshExecutor executor = ready();
        ScriptResult killed = run(executor, script(server, "kill -KILL $$"));
        assertEquals(137, killed.exitCode());
        assertEquals("KILL", killed.signal());
        assertEquals("", killed.stderr());
        ScriptResult exited = run(executor, script(server, "exit 137"));
        assertEquals(137, exited.exitCode());
        assertNull(exited.signal());
    }

    @Test
    void shouldReportAScriptThatIsNoShellText() throws Exception {
        ScriptResult result = run(ready(), script(server, "if then ((( fi"));
        assertTrue(result.exitCode() > 0 && result.exitCode() < 128, result.toString());
        assertFalse(result.stderr().isEmpty());
    }

    @Test
    void shouldBoundHugeOutputAndStayWithinAnEvent() throws Exception {
        SshExecutor executor = ready();
        ScriptResult result =
                run(executor, script(server, "head -c 104857600 /dev/zero | tr '\\0' x; echo tail >&2; exit 3"));
        assertEquals(3, result.exitCode());
        assertEquals(true, result.stdoutTruncated());
        assertNull(result.stderrTruncated());
        assertEquals("tail\n", result.stderr());
        assertTrue(result.stdout().length() > 900_000 && result.stdout().length() < 1 << 20);
        ScriptResult small =
                run(executor, script(server, "echo 12345; echo 678 >&2").withOutputLimit(4));
        assertEquals("1234", small.stdout());
        assertEquals(true, small.stdoutTruncated());
        assertEquals("678\n", small.stderr());
        assertNull(small.stderrTruncated());
    }

    @Test
    void shouldReplaceWhatIsNotText() throws Exception {
        ScriptResult result = run(ready(), script(server, "printf 'a\\377\\0\\036bus:\\303\\274\\200z'"));
        assertEquals("a\ufffd\0\u001ebus:ü\ufffdz", result.stdout());
    }

    @Test
    void shouldLeaveOutWhatALoginSays() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "sshd sets the command only for those it runs as root for");
        server = sshd(
                "127.0.0.1", "ForceCommand echo hello from the login; echo oh >&2; sh -c \"$SSH_ORIGINAL_COMMAND\"");
        know(server);
        ScriptResult result = run(executor(), script(server, "echo mine"));
        assertEquals("mine\n", result.stdout());
        assertEquals("", result.stderr());
    }

    @Test
    void shouldNotWaitForWhatAScriptLeavesRunning() throws Exception {
        var pidFile = folder.resolve("pid");
        ScriptResult result =
                run(ready(), script(server, "sleep 600 >/dev/null 2>&1 & echo $! > " + pidFile + "; echo left"));
        long pid = Peer.number(pidFile);
        boolean lives = Peer.lives(pid);
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        assertEquals("left\n", result.stdout());
        assertTrue(lives, "what a script starts for good is not ended with it");
    }

    // --- connections ---

    @Test
    void shouldUseOneConnectionForManyScripts() throws Exception {
        SshExecutor executor = ready();
        for (int i = 0; i < 3; i++) {
            assertEquals(i + "\n", run(executor, script(server, "echo " + i)).stdout());
        }
        assertEquals(1, server.logins());
        assertEquals(1, executor.openConnections());
    }

    @Test
    void shouldRunManyAtOnceOnFewConnections() throws Exception {
        SshExecutor executor = ready();
        int scripts = 30;
        List<CompletableFuture<ScriptResult>> runs = new ArrayList<>();
        var gate = folder.resolve("gate");
        for (int i = 0; i < scripts; i++) {
            String wait = "while [ ! -f " + gate + " ]; do sleep 0.05; done; echo " + i;
            String begun = "touch " + folder.resolve("begun-" + i) + "; ";
            runs.add(begin(executor, script(server, begun + wait), newId(), new StopWish()));
        }
        for (int i = 0; i < scripts; i++) {
            var begun = folder.resolve("begun-" + i);
            Peer.eventually("script begins while the others run", () -> Files.exists(begun));
        }
        Files.writeString(gate, "");
        for (int i = 0; i < scripts; i++) {
            assertEquals(i + "\n", runs.get(i).get(60, TimeUnit.SECONDS).stdout());
        }
        int fewest = (scripts + Connections.MAX_CHANNELS - 1) / Connections.MAX_CHANNELS;
        assertEquals(fewest, server.logins());
    }

    @Test
    void shouldRunNoMoreAtATimeThanItMay() throws Exception {
        SshExecutor executor = ready("max-sessions", "1");
        var gate = folder.resolve("gate");
        var first = folder.resolve("first");
        CompletableFuture<ScriptResult> one = begin(
                executor,
                script(server, "touch " + first + "; while [ ! -f " + gate + " ]; do sleep 0.05; done"),
                newId(),
                new StopWish());
        Peer.eventually("the first begins", () -> Files.exists(first));
        ApiException second = failure(executor, script(server, "echo no").withTimeout(Duration.ofSeconds(1)));
        assertEquals("timeout", second.type());
        Files.writeString(gate, "");
        assertEquals(0, one.get(60, TimeUnit.SECONDS).exitCode());
    }

    @Test
    void shouldCloseIdleConnectionsAndComeBack() throws Exception {
        SshExecutor executor = ready("idle-timeout", "100ms");
        run(executor, script(server, "true"));
        Peer.eventually("the idle connection is closed", () -> executor.openConnections() == 0);
        assertEquals("again\n", run(executor, script(server, "echo again")).stdout());
    }

    @Test
    void shouldReplaceAConnectionThatDiedMeanwhile() throws Exception {
        SshExecutor executor = ready();
        run(executor, script(server, "true"));
        server.connections().forEach(ProcessHandle::destroyForcibly);
        assertEquals("again\n", run(executor, script(server, "echo again")).stdout());
    }

    @Test
    void shouldOpenAnotherConnectionWhereAServerTakesFewerScriptsOnOne() throws Exception {
        server = sshd("127.0.0.1", "MaxSessions 1");
        know(server);
        SshExecutor executor = executor();
        var gate = folder.resolve("gate");
        List<CompletableFuture<ScriptResult>> runs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            var begun = folder.resolve("begun-" + i);
            String wait = "touch " + begun + "; while [ ! -f " + gate + " ]; do sleep 0.05; done; echo " + i;
            runs.add(begin(executor, script(server, wait), newId(), new StopWish()));
            Peer.eventually("script begins while the others run", () -> Files.exists(begun));
        }
        Files.writeString(gate, "");
        for (int i = 0; i < 3; i++) {
            assertEquals(i + "\n", runs.get(i).get(60, TimeUnit.SECONDS).stdout());
        }
        assertEquals(3, server.logins());
    }

    @Test
    void shouldComeAgainWhereAServerDropsConnectionsByChance() throws Exception {
        server = sshd("127.0.0.1", "MaxStartups 1:100:1");
        know(server);
        CompletableFuture<ScriptResult> run;
        try (Socket holder = new Socket(InetAddress.ofLiteral("127.0.0.1"), server.port())) {
            holder.getInputStream().read(); // its place is taken for sure
            run = begin(executor(), script(server, "echo in"), newId(), new StopWish());
            Peer.eventually("a connection is dropped", () -> server.hasLogged("drop connection"));
        }
        assertEquals("in\n", run.get(60, TimeUnit.SECONDS).stdout());
    }

    // --- candidates ---

    @Test
    void shouldTryHostsAndUsersInOrder() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.9"))) {
            closedPort = socket.getLocalPort();
        }
        server = sshd("127.0.0.1");
        Sshd second = sshd("127.0.0.2");
        Sshd third = sshd("127.0.0.3");
        know(second, third); // the first one's key is not known
        ScriptRequest request = ScriptRequest.of(
                List.of(
                        new ScriptRequest.Target("127.0.0.9", closedPort, List.of("a", "b")),
                        server.target("nobody-known", Peer.me()),
                        second.target("no-such-user", Peer.me()),
                        third.target(Peer.me())),
                "echo \"$SSH_CONNECTION\" | cut -d ' ' -f 3");
        ScriptResult result = run(executor(), request);
        assertEquals(new ScriptResult.Place("127.0.0.2", Peer.me()), result.target());
        assertEquals("127.0.0.2\n", result.stdout());
        assertEquals(0, third.logins());
    }

    @Test
    void shouldRunAsTheUserThatWasAskedFor() throws Exception {
        Assumptions.assumeTrue(Peer.isRoot(), "only root can have a second user");
        TestUser other = closing(TestUser.create());
        server = closing(Sshd.start(folder.resolve("two"), "127.0.0.1", key, List.of("root", other.name())));
        know(server);
        SshExecutor executor = executor();
        ScriptRequest asOther = ScriptRequest.of(List.of(server.target(other.name(), "root")), "id -un; cat");
        assertEquals(
                other.name() + "\nin", run(executor, asOther.withStdin("in")).stdout());
        assertEquals("root\n", run(executor, script(server, "id -un")).stdout());
    }

    @Test
    void shouldRefuseAnUnknownHostKeyAndLearnNothing() throws Exception {
        server = sshd("127.0.0.1");
        ApiException failure = failure(executor(), script(server, "true"));
        assertEquals("host_key_mismatch", failure.type());
        assertTrue(failure.message().contains("is not known to the runner"), failure.message());
        assertFalse(Files.exists(knownHosts()));
        assertEquals(0, server.logins());
    }

    @Test
    void shouldRefuseAChangedHostKeyAlsoWhereNewOnesAreAccepted() throws Exception {
        server = sshd("127.0.0.1");
        var other = Peer.key(folder.resolve("other"), "ed25519", "");
        String line = "[127.0.0.1]:" + server.port() + ' ' + Peer.publicKey(other) + '\n';
        Files.writeString(knownHosts(), line);
        ApiException failure = failure(executor("ssh-accept-new", "true"), script(server, "true"));
        assertEquals("host_key_mismatch", failure.type());
        assertEquals(line, Files.readString(knownHosts()));
        assertEquals(0, server.logins());
    }

    @Test
    void shouldLearnANewHostKeyOnlyWhenTold() throws Exception {
        server = sshd("127.0.0.1");
        assertEquals(
                0,
                run(executor("ssh-accept-new", "true"), script(server, "true")).exitCode());
        assertEquals(server.knownHost(), Files.readString(knownHosts()));
        assertEquals(0, run(executor(), script(server, "true")).exitCode());
    }

    @Test
    void shouldAskForTheKeyThatItKnowsWhereAServerHasSeveral() throws Exception {
        var ecdsa = Peer.key(folder.resolve("host_ecdsa"), "ecdsa", "");
        var rsa = Peer.key(folder.resolve("host_rsa"), "rsa", "");
        server = sshd("127.0.0.1", "HostKey " + ecdsa, "HostKey " + rsa);
        for (var known : List.of(rsa, ecdsa, folder.resolve("at-127.0.0.1").resolve("host_key"))) {
            Files.writeString(knownHosts(), "[127.0.0.1]:" + server.port() + ' ' + Peer.publicKey(known) + '\n');
            assertEquals(0, run(executor(), script(server, "true")).exitCode(), known.toString());
        }
    }

    @Test
    void shouldKnowAHashedHost() throws Exception {
        server = sshd("127.0.0.1");
        know(server);
        Peer.run("ssh-keygen", "-q", "-H", "-f", knownHosts().toString());
        assertTrue(Files.readString(knownHosts()).startsWith("|1|"));
        assertEquals(0, run(executor(), script(server, "true")).exitCode());
    }

    @Test
    void shouldSayThatAKeyWasRefused() throws Exception {
        server = sshd("127.0.0.1");
        know(server);
        key = Peer.key(folder.resolve("stranger"), "ed25519", "");
        ApiException failure = failure(executor(), script(server, "true"));
        assertEquals("ssh_auth_failed", failure.type());
        assertTrue(failure.message().contains(Peer.me()), failure.message());
    }

    @ParameterizedTest
    @CsvSource({"ed25519,''", "ed25519,pass phrase", "ecdsa,''", "ecdsa,pass phrase", "rsa,''", "rsa,pass phrase"})
    void shouldLogInWithEveryKindOfKey(String type, String passphrase) throws Exception {
        key = Peer.key(folder.resolve(type), type, passphrase);
        server = sshd("127.0.0.1");
        know(server);
        SshRunnerOptions options = SshRunnerOptions.read(
                Map.of(
                        "ssh-private-key",
                        key.toString(),
                        "ssh-known-hosts",
                        knownHosts().toString()),
                Map.of(SshRunnerOptions.PASSPHRASE_VARIABLE, passphrase));
        SshExecutor executor = closing(SshExecutor.create(options));
        assertEquals("in\n", run(executor, script(server, "echo in")).stdout());
    }

    @Test
    void shouldGoOnFromAServerThatAcceptsAndThenHangs() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.4"))) {
            server = sshd("127.0.0.1");
            know(server);
            SshExecutor executor = executor("connect-timeout", "300ms");
            ScriptRequest.Target hangs =
                    new ScriptRequest.Target("127.0.0.4", mute.getLocalPort(), List.of("root", "other"));
            ScriptRequest both = ScriptRequest.of(List.of(hangs, server.target(Peer.me())), "echo there");
            // The machine that works may be slow: its own login is not under test here.
            ApiException alone = failure(executor, ScriptRequest.of(List.of(hangs), "true"));
            assertEquals("ssh_unreachable", alone.type());
            assertTrue(alone.message().contains("did not finish the login"), alone.message());
            SshExecutor patient = executor("connect-timeout", "5s");
            assertEquals("there\n", run(patient, both).stdout());
        }
    }

    @Test
    void shouldSayThatNothingWasBegunWhenTimeIsUpBefore() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.4"))) {
            ScriptRequest request = ScriptRequest.of(
                            List.of(new ScriptRequest.Target("127.0.0.4", mute.getLocalPort(), List.of("root"))),
                            "true")
                    .withTimeout(Duration.ofSeconds(1));
            ApiException failure = failure(executor(), request);
            assertEquals("timeout", failure.type());
            assertTrue(failure.message().contains("no target let the script begin"), failure.message());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\n\r\n", "", "SSH-1.5-old\r\n", "SSH-2.0-x\r\ngarbage garbage"})
    void shouldSayThatSomethingElseAnswers(String greeting) throws Exception {
        try (ServerSocket other = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
            Thread.ofVirtual().start(() -> greet(other, greeting));
            ScriptRequest request = ScriptRequest.of(
                    List.of(new ScriptRequest.Target("127.0.0.1", other.getLocalPort(), List.of("root"))), "true");
            ApiException failure = failure(executor("connect-timeout", "2s"), request);
            assertEquals("ssh_unreachable", failure.type());
            assertFalse(failure.message().contains("garbage"), failure.message());
        }
    }

    private static void greet(ServerSocket server, String greeting) {
        while (!server.isClosed()) {
            try (var socket = server.accept()) {
                socket.getOutputStream().write(greeting.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    @Test
    void shouldSayThatAUserHasNoShell() throws Exception {
        server = sshd("127.0.0.1", "ForceCommand echo only this");
        know(server);
        ApiException failure = failure(executor(), script(server, "true"));
        assertEquals("ssh_failed", failure.type());
        assertTrue(failure.message().contains("no shell"), failure.message());
    }

    @Test
    void shouldTakeNoMoreAfterItIsClosed() throws Exception {
        SshExecutor executor = ready();
        executor.close();
        assertEquals("unavailable", failure(executor, script(server, "true")).type());
    }
}
