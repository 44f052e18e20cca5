package com.busdk.workers.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs that are sent to a target's {@code sh -s}. Everything of a request is in them between single quotes, where
 * a shell finds nothing to do. Stateless.
 *
 * <p>How the script gets its own standard input although it comes over standard input itself: the program is one
 * compound command, so the shell has read all of it before it begins. It says that it is ready and reads one line; only
 * then the runner sends {@code go} and the script's input behind it, of which no shell can have read anything ahead
 * (dash reads in blocks). The script is the here-document of a second shell, whose {@code eval} gives the script the
 * connection as its input.
 *
 * <p>{@code go} is also the point of no return: before it, nothing of the script has been done, and another target may
 * get it. A connection that closes before it ends the program.
 */
final class RemotePrograms {
    /** What runs at the target: nothing of the request is on a command line. */
    static final String COMMAND = "exec sh -s";

    private static final String JOBS = resource("jobs.sh");
    private static final String RUN = resource("run.sh");
    private static final String JOB = resource("job.sh");
    private static final String END = resource("end.sh");
    private static final String NETPLAN = resource("netplan.sh");

    /** What the job's shell knows before the script begins, and the script has no use for. */
    private static final String FORGET = "unset bus_word bus_folder bus_owner bus_stat bus_boot\n";

    private RemotePrograms() {}

    /** Runs a script as a job that ends after so many seconds, whatever becomes of the runner. */
    static byte[] run(Attempt attempt, ScriptRequest request, Optional<Setup> setup, long limitSeconds) {
        StringBuilder text = new StringBuilder(16_384 + request.script().length());
        String end = "BUS_" + attempt.word();
        text.append("{\n");
        text.append(variables(attempt))
                .append("bus_limit=")
                .append(limitSeconds)
                .append('\n');
        text.append(JOBS).append(RUN);
        // In parentheses, so that it is not this shell whose standard error it gets for a moment: dash would say
        // "Killed" there.
        text.append("bus_begin\n(exec setsid sh -s \"$bus_folder\" 3<&0 2>&4 4>&- <<'")
                .append(end)
                .append("'\n");
        text.append(variables(attempt)).append(JOB);
        setup.ifPresent(netplan -> text.append("bus_netplan_folder=")
                .append(quote(netplan.folder()))
                .append(" bus_netplan=")
                .append(quote(netplan.yaml()))
                .append('\n')
                .append(NETPLAN));
        text.append("unset bus_run\n").append(FORGET);
        for (Map.Entry<String, String> variable : request.env().entrySet()) {
            text.append("export ")
                    .append(variable.getKey())
                    .append('=')
                    .append(quote(variable.getValue()))
                    .append('\n');
        }
        text.append("eval ").append(quote(request.script())).append(" 0<&3 3<&-\n");
        text.append(end).append("\n)\nbus_finish $?\n}\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Ends the job of an attempt, if there is one and it is still this attempt's. */
    static byte[] end(Attempt attempt) {
        String text = "{\n" + variables(attempt) + JOBS + END + "bus_end\n}\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The line after which there is no way back; the script's standard input follows it. */
    static byte[] go(Attempt attempt) {
        return ("go:" + attempt.word() + '\n').getBytes(StandardCharsets.UTF_8);
    }

    /** One word of a shell's command that means just this text. The text has no NUL. */
    static String quote(String text) {
        return '\'' + text.replace("'", "'\\''") + '\'';
    }

    private static String variables(Attempt attempt) {
        return "bus_word=" + attempt.word() + " bus_run=" + attempt.run() + '\n';
    }

    private static String resource(String name) {
        try (InputStream in = RemotePrograms.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the build has left out " + name);
            }
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            StringBuilder text = new StringBuilder();
            // Comments are for us: without them there is less to send with each script.
            lines.stream()
                    .filter(line -> !line.isBlank() && !line.strip().startsWith("#"))
                    .forEach(line -> text.append(line).append('\n'));
            return text.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A netplan file to put in place first.
     *
     * @param folder where netplan looks
     * @param yaml the file's content
     */
    record Setup(String folder, String yaml) {}
}
