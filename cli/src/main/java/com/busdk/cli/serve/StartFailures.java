package com.busdk.cli.serve;

import com.busdk.broker.backend.log.LogDamagedException;
import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Failures;
import com.busdk.client.config.ConfigException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import java.net.BindException;
import org.jspecify.annotations.Nullable;

/** Says why a service cannot start. Stateless. */
final class StartFailures {
    private StartFailures() {}

    /**
     * The exception with which the command ends.
     *
     * @param problem what the service says
     * @param address where it was to listen
     */
    static CliException explain(Throwable problem, String address) {
        for (@Nullable Throwable cause = problem; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            boolean listening = cause instanceof ConfigException config
                    && config.option().startsWith("--addr")
                    && message.contains("listened");
            // The native transport has an exception of its own, which only its text tells apart.
            if (listening || cause instanceof BindException || message.startsWith("bind(")) {
                String why = message.contains("in use") ? "the port is in use" : message;
                return new CliException(
                        ExitCode.FAILED,
                        "cannot listen on " + address + ", " + why + ": stop what is there, or choose another port",
                        problem);
            }
            if (cause instanceof LogDamagedException) {
                return new CliException(ExitCode.DAMAGED_LOG, message, problem);
            }
            if (cause instanceof ConfigException) {
                return new CliException(ExitCode.USAGE, message, problem);
            }
            // Such as a database that is not there yet: unlike what is wrong with a setting, it may be at the next try.
            if (cause instanceof ApiException away && away.type().equals(ErrorType.UNAVAILABLE.type())) {
                return new CliException(ExitCode.UNREACHABLE, message, problem);
            }
        }
        String message = problem.getMessage();
        return new CliException(ExitCode.FAILED, message == null ? Failures.text(problem) : message, problem);
    }
}
