package com.busdk.workers.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Scripts go through the shell of this machine to a podman that writes down what it was called with. */
@Execution(ExecutionMode.SAME_THREAD) // one at a time of all that run programs on this machine
class PodmanCommandPropertiesTest {
    private static final String RECORDER = "#!/bin/sh\nprintf '%s\\0' \"$@\" >../called\ncat >../stdin\n";

    private static Path root;
    private static Path work;

    @BeforeContainer
    static void makeAPodman() throws IOException {
        root = Files.createTempDirectory("bus-quoting-");
        work = Files.createDirectory(root.resolve("work"));
        Path podman = Files.createDirectory(root.resolve("bin")).resolve("podman");
        Files.writeString(podman, RECORDER);
        Files.setPosixFilePermissions(podman, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterContainer
    static void removeIt() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Property(tries = 150)
    void everyWordSurvivesTheShellAndNoneBecomesCode(
            @ForAll("commands") List<String> command, @ForAll("words") String owner) throws Exception {
        RunRequest run = new RunRequest(
                "run_1", owner.isBlank() ? "owner" : owner, "example/image:1", command, Duration.ofSeconds(90));
        PodmanCommand podman = PodmanCommand.of(ContainerRunOptions.DEFAULT, run);

        shell(podman.script());

        List<String> called = new ArrayList<>(
                Arrays.asList(Files.readString(root.resolve("called")).split("\0", -1)));
        called.removeLast();
        assertEquals(podman.arguments().subList(1, podman.arguments().size()), called);
        assertEquals(command, called.subList(called.size() - command.size(), called.size()));
        assertEquals("", Files.readString(root.resolve("stdin")), "podman read the rest of the script");
        try (Stream<Path> left = Files.list(work)) {
            assertEquals(List.of(), left.toList(), "a word was run");
        }
    }

    private static void shell(String script) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-s").directory(work.toFile());
        builder.environment().put("PATH", root.resolve("bin") + ":" + System.getenv("PATH"));
        builder.redirectErrorStream(true);
        Process shell = builder.start();
        try (OutputStream in = shell.getOutputStream()) {
            in.write((script + "touch script-went-on\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("pipe"), "the shell ended before it read all, which exec may do");
        }
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, shell.waitFor(), said);
        assertEquals("", said);
    }

    @Provide
    Arbitrary<List<String>> commands() {
        return words().list()
                .ofMaxSize(8)
                .filter(words -> words.isEmpty() || !words.getFirst().isEmpty());
    }

    @Provide
    Arbitrary<String> words() {
        Arbitrary<String> nasty = Arbitraries.of(
                "",
                " ",
                "'",
                "''",
                "\"",
                "\\",
                "\n",
                "\r\n",
                "\t",
                "$(touch ran)",
                "`touch ran`",
                "; touch ran;",
                "&& touch ran",
                "| touch ran",
                "\n touch ran\n",
                "'; touch ran; '",
                "$HOME",
                "${PATH}",
                "~",
                "*",
                "?",
                "[a-z]",
                "{a,b}",
                "#",
                "!",
                ">ran",
                "<ran",
                "--privileged",
                "-v",
                "--",
                "-",
                "=",
                "a=b",
                "ä",
                "日本",
                "\u001b[31m",
                "\u0001",
                "\u007f",
                "😀",
                "EOF",
                "%s");
        Arbitrary<String> any = Arbitraries.strings()
                .excludeChars('\0')
                .ofMaxLength(12)
                .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text));
        return Arbitraries.oneOf(
                nasty, any, nasty.list().ofMinSize(2).ofMaxSize(4).map(parts -> String.join("", parts)));
    }
}
