package com.busdk.cli.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.busdk.cli.Commands;
import com.busdk.cli.ProgramName;
import com.busdk.cli.command.Runner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files for operators: units and environments of systemd, and the stack in containers. */
class ConfTest {
    private static final Path SOURCE = Path.of("").toAbsolutePath().getParent();
    private static final Path CONF = SOURCE.resolve("conf");

    /** Targets that the units and systemd's own defaults name. */
    private static final List<String> TARGETS =
            List.of("network-online", "multi-user", "sysinit", "basic", "shutdown", "sockets", "timers", "paths");

    @TempDir
    Path root;

    static Stream<String> units() throws IOException {
        try (Stream<Path> files = Files.list(CONF.resolve("systemd"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    private static List<String> lines(String unit) throws IOException {
        return Files.readAllLines(CONF.resolve("systemd").resolve(unit));
    }

    private static String value(String unit, String key) throws IOException {
        List<String> values = lines(unit).stream()
                .filter(line -> line.startsWith(key + "="))
                .map(line -> line.substring(key.length() + 1))
                .toList();
        assertEquals(1, values.size(), unit + " has one " + key);
        return values.getFirst();
    }

    private static List<String> command(String unit) throws IOException {
        return List.of(value(unit, "ExecStart").split(" ", -1));
    }

    @ParameterizedTest
    @MethodSource("units")
    void shouldPassTheChecksOfSystemd(String unit) throws Exception {
        Path place = Files.createDirectories(root.resolve("etc/systemd/system"));
        Path targets = Files.createDirectories(root.resolve("usr/lib/systemd/system"));
        for (String target : TARGETS) {
            Files.writeString(targets.resolve(target + ".target"), "[Unit]\nDescription=" + target + "\n");
        }
        Path program = root.resolve(command(unit).getFirst().substring(1));
        Files.createDirectories(program.getParent());
        Files.writeString(program, "#!/bin/sh\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(CONF.resolve("systemd").resolve(unit), place.resolve(unit));

        Answer answer = run(
                Map.of(),
                "systemd-analyze",
                "verify",
                "--recursive-errors=no",
                "--man=no",
                "--root=" + root,
                place.resolve(unit).toString());

        assertEquals(new Answer(0, ""), answer);
    }

    @ParameterizedTest
    @MethodSource("units")
    void shouldStartAProgramThatTakesItsOptions(String unit) throws Exception {
        List<String> command = command(unit);
        String program = Path.of(command.getFirst()).getFileName().toString();
        assertTrue(Files.readString(SOURCE.resolve("scripts/install")).contains(program), program + " is installed");
        List<String> words = ProgramName.words(program);
        assertFalse(words.isEmpty(), "there is no program " + program + ", or no words for it");
        List<String> line = new ArrayList<>(words);
        line.addAll(command.subList(1, command.size()));

        // Throws if an option is not known.
        new Runner(Commands.root(), ignored -> fail("no file of commands")).prepare(program, line);
    }

    /** Its own default is to hand on nothing: without the option no quota ever counts. */
    @Test
    void shouldHandOnWhatIsUsedToBeBilled() throws IOException {
        String command = String.join(" ", command("bus-integration-usage.service"));

        assertTrue(command.contains(" --billing-export default "), command);
    }

    @ParameterizedTest
    @MethodSource("units")
    void shouldHaveAnExampleOfItsEnvironment(String unit) throws IOException {
        String name = unit.substring(0, unit.length() - ".service".length());
        assertEquals("/etc/bus/" + name + ".env", value(unit, "EnvironmentFile"));

        List<String> example = Files.readAllLines(CONF.resolve("env").resolve(name + ".env.example"));
        assertTrue(
                example.contains("BUSDK_RELEASE=<release-of-all-services>"),
                "one release for all, as the runbook has it");
        for (String line : example) {
            String setting = line.startsWith("#BUS") ? line.substring(1) : line;
            if (setting.isBlank() || setting.startsWith("#")) {
                continue;
            }
            assertTrue(setting.matches("[A-Z][A-Z0-9_]*=[^\"' ]\\S*( \\S+)*"), setting);
            boolean secret = setting.matches("[A-Z_]*(TOKEN|SECRET|PASSPHRASE)=.*");
            assertFalse(secret && !setting.matches("[^=]*=<[a-z0-9-]+>"), "an example has no secret: " + setting);
        }
    }

    @Test
    void shouldHaveAUnitForEachExample() throws IOException {
        try (Stream<Path> files = Files.list(CONF.resolve("env"))) {
            assertEquals(
                    units().toList(),
                    files.map(file -> file.getFileName().toString().replace(".env.example", ".service"))
                            .sorted()
                            .toList());
        }
    }

    @Test
    void shouldDescribeAStackThatComposeTakes() throws Exception {
        Map<String, String> secret = Map.of("BUS_API_JWT_SECRET", "x".repeat(32));
        Path file = CONF.resolve("compose.yaml");
        String compose = "docker-compose";
        if (run(Map.of(), "docker", "compose", "version").code() == 0) {
            compose = "docker";
        }
        String[] command = compose.equals("docker")
                ? new String[] {"docker", "compose", "-f", file.toString(), "config", "-q"}
                : new String[] {compose, "-f", file.toString(), "config", "-q"};

        Answer answer = run(secret, command);

        assertEquals(0, answer.code(), answer.text());
    }

    private record Answer(int code, String text) {}

    /** Runs a program of this machine; the test is left out where it is not there, and fails where CI is true. */
    private static Answer run(Map<String, String> variables, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(variables);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            boolean needed = command[0].equals("systemd-analyze") && "true".equals(System.getenv("CI"));
            return needed ? fail("there is no " + command[0]) : abort("there is no " + command[0] + " here");
        }
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Answer(process.waitFor(), text.strip());
    }
}
