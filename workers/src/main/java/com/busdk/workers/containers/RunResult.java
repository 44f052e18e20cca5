package com.busdk.workers.containers;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What became of a run whose container ran and ended by itself.
 *
 * @param runId the run
 * @param owner whose run it is
 * @param runnerName the machine or service that ran it
 * @param image the image
 * @param args the program and its arguments
 * @param exitCode the container's, 0 to 255
 * @param stdout its standard output, from the beginning
 * @param stderr its standard error, from the beginning
 * @param stdoutTruncated whether there was more of it
 * @param stderrTruncated whether there was more of it
 * @param durationMs from start to end, in milliseconds, not negative
 * @param runtime what ran it, such as {@code podman}
 */
public record RunResult(
        String runId,
        String owner,
        String runnerName,
        String image,
        List<String> args,
        int exitCode,
        String stdout,
        String stderr,
        boolean stdoutTruncated,
        boolean stderrTruncated,
        long durationMs,
        String runtime) {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Keeps a copy; refuses a duration below zero. */
    public RunResult {
        args = List.copyOf(args);
        if (durationMs < 0) {
            throw new IllegalArgumentException("a duration is not negative");
        }
    }

    /**
     * The result as the container API gives it (runtime APIs contract).
     *
     * @return an object; {@code stdout_truncated} and {@code stderr_truncated} are there only where they are true
     */
    public ObjectNode toJson() {
        ObjectNode json = new ObjectNode(JSON);
        json.put("run_id", runId).put("owner_identity_id", owner).put("runner_name", runnerName);
        ArrayNode words = json.put("image", image).putArray("args");
        args.forEach(words::add);
        json.put("exit_code", exitCode).put("stdout", stdout).put("stderr", stderr);
        if (stdoutTruncated) {
            json.put("stdout_truncated", true);
        }
        if (stderrTruncated) {
            json.put("stderr_truncated", true);
        }
        return json.put("duration_ms", durationMs).put("runtime", runtime);
    }

    /**
     * The same result, with as much cut off the ends of standard output and error as it takes to fit into an event:
     * escapes make text longer, and both outputs at their limit are more than the hub takes.
     *
     * @param maxBytes longest JSON form, in UTF-8; enough for all but the outputs
     * @return this, or a copy that says what was cut
     */
    public RunResult fitting(int maxBytes) {
        long excess = jsonBytes() - maxBytes;
        if (excess <= 0) {
            return this;
        }
        long out = escapedBytes(stdout);
        long err = escapedBytes(stderr);
        long room = Math.max(0, out + err - excess - "\"stdout_truncated\":true,\"stderr_truncated\":true,".length());
        // The shorter one stays whole as long as it takes no more than half.
        long forErr = Math.min(err, Math.max(room / 2, room - out));
        long forOut = Math.min(out, room - forErr);
        return new RunResult(
                runId,
                owner,
                runnerName,
                image,
                args,
                exitCode,
                cut(stdout, forOut),
                cut(stderr, forErr),
                stdoutTruncated || forOut < out,
                stderrTruncated || forErr < err,
                durationMs,
                runtime);
    }

    /**
     * The same result with at most so much of each output.
     *
     * @param maxBytes most bytes of standard output, and of standard error, in UTF-8
     * @return this, or a copy that says what was cut
     */
    public RunResult limited(int maxBytes) {
        BoundedText out = BoundedText.of(stdout, maxBytes);
        BoundedText err = BoundedText.of(stderr, maxBytes);
        return out.truncated() || err.truncated()
                ? new RunResult(
                        runId,
                        owner,
                        runnerName,
                        image,
                        args,
                        exitCode,
                        out.text(),
                        err.text(),
                        stdoutTruncated || out.truncated(),
                        stderrTruncated || err.truncated(),
                        durationMs,
                        runtime)
                : this;
    }

    private long jsonBytes() {
        return toJson().toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static long escapedBytes(String text) {
        return JsonStringEncoder.getInstance().quoteAsUTF8(text).length;
    }

    /** The longest beginning whose escaped form has at most so many bytes, without half a character at its end. */
    private static String cut(String text, long maxBytes) {
        if (escapedBytes(text) <= maxBytes) {
            return text;
        }
        int fits = 0;
        int tooLong = text.length();
        while (tooLong - fits > 1) {
            int middle = (fits + tooLong) >>> 1;
            if (escapedBytes(whole(text, middle)) <= maxBytes) {
                fits = middle;
            } else {
                tooLong = middle;
            }
        }
        return whole(text, fits);
    }

    private static String whole(String text, int length) {
        boolean half = length > 0 && length < text.length() && Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, half ? length - 1 : length);
    }

    /** Without the outputs and the command: they are the owner's. */
    @Override
    public String toString() {
        return "RunResult[runId=" + runId + ", exitCode=" + exitCode + ", durationMs=" + durationMs + "]";
    }
}
