package com.busdk.cli.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.busdk.broker.EventsOptions;
import com.busdk.broker.EventsService;
import com.busdk.cli.CommandLineRun;
import com.busdk.cli.Commands;
import com.busdk.cli.ProgramName;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Runner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The runbook is true as far as that can be said without systemd and a cloud: its command lines are right, its variables
 * are read by somebody, and what needs nothing but this program prints what it says.
 */
@Timeout(60)
class RunbookTest {
    private static final Path SOURCE = Path.of("").toAbsolutePath().getParent();
    /** Not the beginning of several, such as {@code BUS_AUTH_SMTP_…}, nor what the first run prints. */
    private static final Pattern VARIABLE =
            Pattern.compile("(?:BUS|UPCLOUD|LOCAL_AI)_(?!CONTAINER_OK)[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])");

    /** What a version prints, and what stands for any command. */
    private static final List<String> NO_COMMAND = List.of("0.1.0-SNAPSHOT", "COMMAND");

    /** A command line in a sentence; without words behind it, it is the name of a program or a unit. */
    private static final Pattern INLINE = Pattern.compile("`(bus(?:-[a-z-]+)? [^`]+)`");

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");

    /** Variables that are made of a flag: what comes before it. */
    private static final List<String> PREFIXES = List.of(
            "BUS_EVENTS_",
            "BUS_GATEWAY_",
            "BUS_WORKER_",
            "BUS_VM_",
            "BUS_CONTAINERS_",
            "BUS_SSH_RUNNER_",
            "BUS_AUTH_",
            "BUS_USAGE_",
            "BUS_BILLING_",
            "UPCLOUD_",
            "BUS_");

    @TempDir
    Path folder;

    /** A block of a terminal: what is typed, and what is printed. */
    private record Step(String command, String output) {}

    private static String runbook() throws IOException {
        return Files.readString(SOURCE.resolve("docs/runbook.md"));
    }

    private static List<Step> steps() throws IOException {
        List<Step> steps = new ArrayList<>();
        boolean inside = false;
        for (String line : runbook().split("\n", -1)) {
            if (line.startsWith("```")) {
                inside = line.equals("```console");
            } else if (inside && line.startsWith("$ ")) {
                steps.add(new Step(line.substring(2), ""));
            } else if (inside) {
                Step last = steps.removeLast();
                steps.add(new Step(last.command(), last.output() + line + "\n"));
            }
        }
        return steps;
    }

    /** All that is to be typed: the lines of blocks. */
    private static List<String> blocks() throws IOException {
        List<String> blocks =
                new ArrayList<>(steps().stream().map(Step::command).toList());
        StringBuilder block = new StringBuilder();
        boolean console = false;
        for (String line : runbook().split("\n", -1)) {
            console ^= line.startsWith("```");
            if (!console && line.startsWith("    ")) {
                block.append(line.strip()).append('\n');
            } else if (!block.isEmpty()) {
                blocks.add(block.toString());
                block.setLength(0);
            }
        }
        return blocks;
    }

    /** Commands that stand in sentences, with or without what they take: their help is asked for. */
    private static List<String> mentioned() throws IOException {
        return runbook()
                .lines()
                .filter(line -> !line.startsWith("    "))
                .flatMap(line -> INLINE.matcher(line).results())
                .map(code -> code.group(1) + " --help")
                .toList();
    }

    @Test
    void shouldHaveCommandLinesThatAreRight() throws IOException {
        Set<String> wrong = new TreeSet<>();
        int right = 0;
        List<List<String>> commands = Stream.concat(blocks().stream(), mentioned().stream())
                .map(ShellWords::commands)
                .flatMap(List::stream)
                .toList();
        for (List<String> command : commands) {
            String program = Path.of(command.getFirst()).getFileName().toString();
            List<String> words = new ArrayList<>();
            if (program.startsWith("bus-")) {
                words.addAll(ProgramName.words(program));
            }
            boolean other = !program.equals("bus") && words.isEmpty(); // somebody else's, or the name of a unit
            words.addAll(command.subList(1, command.size()));
            if (other || NO_COMMAND.contains(words.getFirst())) {
                continue;
            }
            try {
                new Runner(Commands.root(), ignored -> fail("no file of commands")).prepare(program, words);
                right++;
            } catch (CliException e) {
                wrong.add(command + ": " + e.getMessage());
            }
        }
        assertEquals(Set.of(), wrong);
        assertTrue(right > 80, right + " command lines are found");
    }

    @Test
    void shouldNameVariablesThatAreRead() throws IOException {
        Set<String> words = wordsOfSources();
        Set<String> unknown = VARIABLE.matcher(runbook())
                .results()
                .map(found -> found.group())
                .filter(name -> !isRead(name, words))
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(Set.of(), unknown);
    }

    /** Named as it is, or made of a prefix and a flag. */
    private static boolean isRead(String name, Set<String> words) {
        return words.contains(name)
                || PREFIXES.stream()
                        .filter(name::startsWith)
                        .map(prefix -> name.substring(prefix.length()))
                        .anyMatch(rest -> words.contains(rest)
                                || words.contains(rest.toLowerCase(Locale.ROOT).replace('_', '-')));
    }

    /** Of everything that may read a variable: the programs, and the scripts that start them. */
    private static Set<String> wordsOfSources() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String place : List.of("client", "broker", "workers", "gateway", "cli")) {
            try (Stream<Path> all = Files.walk(SOURCE.resolve(place).resolve("src/main/java"))) {
                all.filter(Files::isRegularFile).forEach(files::add);
            }
        }
        try (Stream<Path> scripts = Files.list(SOURCE.resolve("scripts"))) {
            scripts.filter(Files::isRegularFile).forEach(files::add);
        }
        Set<String> words = new HashSet<>();
        for (Path file : files) {
            WORD.matcher(Files.readString(file))
                    .results()
                    .map(found -> found.group())
                    .forEach(words::add);
        }
        return words;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bus-integration-upcloud", "bus-integration-ssh-runner"})
    void shouldPrintWhatASelfTestPrints(String program) throws IOException {
        Step step = step(program + " --self-test");

        CommandLineRun.Result result = CommandLineRun.in(folder).as(program).run("--self-test");

        assertEquals(step.output(), result.out());
        assertEquals(0, result.code(), result.err());
    }

    private static Step step(String command) throws IOException {
        return steps().stream()
                .filter(step -> step.command().equals(command))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void shouldPrintWhatTheDoctorSays() throws Exception {
        String secret = "a-secret-of-tests-that-is-long-enough-for-hs256";
        Path file = Files.writeString(folder.resolve("jwt-secret"), secret + "\n");
        EventsService events = EventsService.start(
                        null,
                        EventsOptions.read(
                                Map.of("addr", "127.0.0.1:0", "events-backend", "memory"),
                                Map.of("BUS_API_JWT_SECRET", secret)))
                .toCompletionStage()
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        try {
            String issuing = blocks().stream()
                    .filter(text -> text.contains("--subject operator --scope 'vm:read')"))
                    .findFirst()
                    .orElseThrow()
                    .replace("/etc/bus/jwt-secret", file.toString());
            List<String> issue = ShellWords.commands(issuing).stream()
                    .filter(command -> command.contains("issue"))
                    .findFirst()
                    .orElseThrow();
            String token = CommandLineRun.in(folder)
                    .run(issue.subList(1, issue.size()).toArray(String[]::new))
                    .out()
                    .strip();

            CommandLineRun.Result result = CommandLineRun.in(folder)
                    .with("BUS_API_TOKEN", token)
                    .with("BUS_EVENTS_API_URL", events.url() + "/api/v1/events")
                    .run("doctor");

            assertEquals(
                    comparable(step("bus doctor").output()),
                    comparable(result.out().replace(events.url(), "http://127.0.0.1:8081")),
                    result.err());
            assertEquals(0, result.code());
        } finally {
            events.stop().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private static String comparable(String text) {
        return text.replaceAll("[0-9]+m[0-9]+s", "TIME").replaceAll(" +", " ").strip();
    }

    /** What a shell makes of a text, as far as it takes to find the commands in it. */
    private static final class ShellWords {
        private final String text;
        private final List<List<String>> commands = new ArrayList<>();
        private List<String> words = new ArrayList<>();
        private int at;

        private ShellWords(String text) {
            this.text = text;
        }

        /** The commands of a text, those within others too. */
        static List<List<String>> commands(String text) {
            ShellWords shell = new ShellWords(text.replace("\\\n", " "));
            shell.read();
            return shell.commands.stream().filter(command -> !command.isEmpty()).toList();
        }

        private void read() {
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '\n' || c == ';' || c == '|' || c == '&' || c == '(' || c == ')' || c == '{' || c == '}') {
                    at++;
                    end();
                } else if (c == ' ') {
                    at++;
                } else if (c == '#') {
                    at = lineEnd();
                } else if (c == '<' || c == '>') {
                    at++;
                    skipSpaces();
                    word();
                } else {
                    add(word());
                }
            }
            end();
        }

        /** Assignments before a command, and words of the shell's own. */
        private void add(String word) {
            boolean before = words.isEmpty()
                    && (word.matches("[A-Za-z_]+=.*")
                            || Set.of("export", "then", "do", "else", "!").contains(word));
            if (!before) {
                words.add(word);
            }
        }

        private void end() {
            commands.add(words);
            words = new ArrayList<>();
        }

        private int lineEnd() {
            int end = text.indexOf('\n', at);
            return end < 0 ? text.length() : end;
        }

        private void skipSpaces() {
            while (at < text.length() && text.charAt(at) == ' ') {
                at++;
            }
        }

        private String word() {
            StringBuilder word = new StringBuilder();
            boolean quoted = false;
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '"') {
                    quoted = !quoted;
                    at++;
                } else if (c == '\'' && !quoted) {
                    int end = text.indexOf('\'', at + 1);
                    word.append(text, at + 1, end);
                    at = end + 1;
                } else if (c == '$' && text.startsWith("$(", at)) {
                    word.append(substitution());
                } else if (c == '$') {
                    word.append(variable());
                } else if (!quoted && " \n;|&()<>".indexOf(c) >= 0) {
                    break;
                } else {
                    word.append(c);
                    at++;
                }
            }
            return word.toString();
        }

        /** Its commands count; what they print is not known. */
        private String substitution() {
            int depth = 0;
            int start = at + 2;
            do {
                depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
                at++;
            } while (at < text.length() && (depth > 0 || at < start));
            commands.addAll(commands(text.substring(start, at - 1)));
            return "x";
        }

        private String variable() {
            Matcher name =
                    Pattern.compile("\\$(?:[A-Za-z_]+|[0-9?!@*])").matcher(text).region(at, text.length());
            if (!name.lookingAt()) {
                at++;
                return "$";
            }
            at = name.end();
            return name.group().endsWith("URL") ? "http://127.0.0.1:8080" : "x";
        }
    }
}
