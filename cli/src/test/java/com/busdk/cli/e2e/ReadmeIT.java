package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README is true: every command of its tour is run, and prints what it says, but for ids and times. */
@Timeout(300)
class ReadmeIT {
    private record Step(String command, String output) {}

    @Test
    void shouldPrintWhatTheReadmeSays(@TempDir Path folder) throws Exception {
        List<Step> steps = steps(Files.readString(LocalStack.checkout().resolve("README.md")));
        assertTrue(steps.size() >= 6, "the tour has its commands: " + steps);
        try (LocalStack stack = new LocalStack(folder)) {
            Path headers = folder.resolve("auth.txt");
            Files.writeString(
                    headers,
                    "Authorization: Bearer "
                            + Files.readString(stack.tokenFile()).strip() + "\n");
            for (Step step : steps) {
                String command = step.command()
                        .replace("http://127.0.0.1:8081", stack.eventsUrl())
                        .replace("@auth.txt", "@" + headers);
                if (command.contains("--otp ")) {
                    command = command.replaceAll("--otp [0-9]+", "--otp " + stack.oneTimePassword());
                }
                LocalStack.Outcome outcome = run(stack, command, step);
                assertEquals(
                        comparable(step.output()),
                        comparable(outcome.out()),
                        () -> step.command() + "\n" + outcome.err());
                assertEquals(0, outcome.exit(), step.command());
            }
        }
    }

    /** What is counted is so a moment after the run: that command is repeated until it says what the README does. */
    private static LocalStack.Outcome run(LocalStack stack, String command, Step step) throws Exception {
        if (!command.contains("billing status")) {
            return stack.shell(command);
        }
        List<LocalStack.Outcome> last = new ArrayList<>();
        Patience.until(
                command,
                () -> {
                    last.add(stack.shell(command));
                    return comparable(last.getLast().out()).equals(comparable(step.output()));
                },
                () -> last.getLast().toString());
        return last.getLast();
    }

    /** The console blocks: a line that starts with {@code $ } and what it prints. */
    private static List<Step> steps(String readme) throws IOException {
        List<Step> steps = new ArrayList<>();
        boolean inside = false;
        for (String line : readme.split("\n", -1)) {
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

    private static String comparable(String text) {
        return text.replaceAll("evt_[0-9a-f]{26}", "evt_X")
                .replaceAll("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z", "TIME")
                .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID")
                .replaceAll(" +", " ")
                .strip();
    }
}
