package com.busdk.workers.ssh;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * The payload of {@code bus.ssh.script.run.response}: how a script ended that ran to its end, well or not.
 *
 * @param target where it ran
 * @param exitCode of the script's shell, 0 to 255; 128 and the signal's number if a signal ended it
 * @param signal such as {@code KILL}, if one ended the script's shell
 * @param stdout its beginning, at most the limit; what is no UTF-8 is replaced by U+FFFD
 * @param stderr likewise
 * @param stdoutTruncated whether there was more
 * @param stderrTruncated whether there was more
 * @param durationMs milliseconds from the script's beginning to its end, by the machine's own clock, in steps of ten
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ScriptResult(
        @JsonProperty("target") Place target,
        @JsonProperty("exit_code") int exitCode,

        @JsonProperty("signal") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        String signal,

        @JsonProperty("stdout") String stdout,
        @JsonProperty("stderr") String stderr,

        @JsonProperty("stdout_truncated") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        Boolean stdoutTruncated,

        @JsonProperty("stderr_truncated") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        Boolean stderrTruncated,

        @JsonProperty("duration_ms") long durationMs) {
    /** Makes false the same as absent. */
    public ScriptResult {
        stdoutTruncated = Boolean.TRUE.equals(stdoutTruncated) ? Boolean.TRUE : null;
        stderrTruncated = Boolean.TRUE.equals(stderrTruncated) ? Boolean.TRUE : null;
    }

    /** Output may be a stranger's: it is only counted. */
    @Override
    public String toString() {
        return "ScriptResult[" + target + ", exitCode=" + exitCode + ", signal=" + signal + ", stdout of "
                + stdout.length() + " chars, stderr of " + stderr.length() + " chars]";
    }

    /**
     * Where a script ran.
     *
     * @param host as the request named it
     * @param user who ran it
     */
    public record Place(
            @JsonProperty("host") String host,
            @JsonProperty("user") String user) {}
}
