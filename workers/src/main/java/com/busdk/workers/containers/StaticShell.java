package com.busdk.workers.containers;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the static runner understands of a command, see {@link StaticContainers}. Stateless. */
final class StaticShell {
    private static final Set<String> SHELLS = Set.of("sh", "/bin/sh", "bash", "/bin/bash");
    private static final int NOT_FOUND = 127;
    private static final int MAX_EXIT_CODE = 255;
    private static final int SHELL_WORDS = 3;

    /** Longest sleep, in seconds: a day is longer than any run may take. */
    private static final long MAX_SLEEP = 86_400;

    private StaticShell() {}

    /** What a command does. */
    record Outcome(int exitCode, String stdout, String stderr, long sleptSeconds) {}

    static Outcome run(List<String> command) {
        Session session = new Session();
        boolean script = command.size() >= SHELL_WORDS
                && SHELLS.contains(command.get(0))
                && command.get(1).equals("-c");
        if (script) {
            session.script(command.get(2));
        } else if (!command.isEmpty()) {
            session.command(command, false);
        }
        return new Outcome(session.exitCode, session.out.toString(), session.err.toString(), session.slept);
    }

    /** One run; for one thread. */
    private static final class Session {
        private final StringBuilder out = new StringBuilder();
        private final StringBuilder err = new StringBuilder();
        private int exitCode;
        private long slept;
        private boolean exited;

        void script(String text) {
            List<String> words = StaticWords.split(text);
            List<String> command = new ArrayList<>();
            String before = ";";
            for (String word : words) {
                if (StaticWords.isOperator(word)) {
                    part(command, before);
                    command.clear();
                    before = word;
                } else {
                    command.add(word);
                }
            }
            part(command, before);
        }

        private void part(List<String> command, String before) {
            boolean skipped =
                    before.equals(StaticWords.AND) && exitCode != 0 || before.equals(StaticWords.OR) && exitCode == 0;
            if (!exited && !skipped && !command.isEmpty()) {
                boolean toError = command.getLast().equals(StaticWords.TO_ERROR);
                List<String> words = toError ? command.subList(0, command.size() - 1) : command;
                command(words.stream().map(StaticWords::unmarked).toList(), toError);
            }
        }

        void command(List<String> words, boolean toError) {
            StringBuilder target = toError ? err : out;
            List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
            exitCode = 0;
            switch (words.isEmpty() ? "true" : words.getFirst()) {
                case "true", ":" -> {}
                case "false" -> exitCode = 1;
                case "echo" -> echo(target, rest);
                case "printf" -> target.append(StaticWords.printf(rest));
                case "exit" -> {
                    exited = true;
                    exitCode = (int) (number(rest.isEmpty() ? "0" : rest.getFirst()) & MAX_EXIT_CODE);
                }
                case "sleep" -> slept = Math.min(MAX_SLEEP, slept + number(rest.isEmpty() ? "0" : rest.getFirst()));
                default -> {
                    exitCode = NOT_FOUND;
                    err.append("static runner: ").append(words.getFirst()).append(": not found\n");
                }
            }
        }

        private static void echo(StringBuilder target, List<String> words) {
            boolean noBreak = !words.isEmpty() && words.getFirst().equals("-n");
            target.append(String.join(" ", noBreak ? words.subList(1, words.size()) : words));
            if (!noBreak) {
                target.append('\n');
            }
        }

        private static long number(String text) {
            return text.matches("\\d{1,9}") ? Long.parseLong(text) : 0;
        }
    }
}
