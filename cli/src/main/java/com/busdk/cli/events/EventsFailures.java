package com.busdk.cli.events;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Failures;
import com.busdk.client.auth.TokenException;
import com.busdk.client.config.ConfigException;
import com.busdk.client.events.UnreachableException;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import java.util.concurrent.TimeoutException;

/** Says in an exit code and a line what a failure of the SDK means to a user. Stateless. */
public final class EventsFailures {
    private static final int HTTP_UNAUTHORIZED = 401;
    private static final int HTTP_FORBIDDEN = 403;
    private static final int HTTP_NOT_FOUND = 404;
    private static final int HTTP_REQUEST_TIMEOUT = 408;
    private static final int HTTP_BAD_GATEWAY = 502;
    private static final int HTTP_UNAVAILABLE = 503;
    private static final int HTTP_GATEWAY_TIMEOUT = 504;

    /** How the gateway names a service that it could not reach, or that went away before it answered. */
    private static final String BEHIND = " service behind the gateway ";

    /** What the client has for a body that is no error of Bus, as a proxy of another make sends it. */
    private static final String NO_WORDS = "the service answered with status ";

    private EventsFailures() {}

    /** The exception with which a command ends after that failure. */
    public static CliException explain(Throwable failure) {
        return switch (failure) {
            case CliException e -> e;
            case ApiException e -> new CliException(exitCode(e), text(e), e);
            case UnreachableException e -> new CliException(ExitCode.UNREACHABLE, text(e), e);
            case TokenException e -> new CliException(ExitCode.NO_PERMISSION, String.valueOf(e.getMessage()), e);
            case ConfigException e -> new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
            case TimeoutException e ->
                new CliException(ExitCode.TIMED_OUT, "no answer in time; give it more with --timeout DURATION", e);
            case IllegalArgumentException e -> new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
            default -> new CliException(ExitCode.FAILED, Failures.text(failure), failure);
        };
    }

    /** The exit code for an answer of the service. */
    static int exitCode(ApiException e) {
        return switch (e.status()) {
            case HTTP_UNAUTHORIZED, HTTP_FORBIDDEN -> ExitCode.NO_PERMISSION;
            case HTTP_REQUEST_TIMEOUT, HTTP_GATEWAY_TIMEOUT -> ExitCode.TIMED_OUT;
            case HTTP_UNAVAILABLE -> ExitCode.UNREACHABLE;
            case HTTP_BAD_GATEWAY -> isUnreached(e) ? ExitCode.UNREACHABLE : ExitCode.FAILED;
            default -> ExitCode.FAILED;
        };
    }

    /**
     * Whether a 502 says that a service was not reached. Else a worker was, and failed: that has the same type, and the
     * worker's own word and message ({@code container_error: …}).
     */
    private static boolean isUnreached(ApiException e) {
        return e.type().equals(ErrorType.BAD_GATEWAY.type())
                && (e.message().contains(BEHIND) || e.message().startsWith(NO_WORDS));
    }

    private static String text(UnreachableException e) {
        String message = String.valueOf(e.getMessage());
        return e.outcomeUnknown()
                ? message + "; what was asked for may have happened or not: look before you repeat it"
                : message;
    }

    private static String text(ApiException e) {
        var text = new StringBuilder();
        if (e.line().isPresent()) {
            text.append("line ").append(e.line().getAsLong()).append(": ");
        }
        text.append(e.message());
        if (e.status() == HTTP_NOT_FOUND && e.message().isEmpty()) {
            text.append("not found: check the URL");
        }
        if (e.count().isPresent()) {
            text.append("; the ").append(e.count().getAsLong()).append(" events before it are published");
        }
        e.command()
                .filter(command -> !e.message().contains(command))
                .ifPresent(command -> text.append("; try: ").append(command));
        if (e.retryAfter().isPresent()) {
            text.append("; try again in ").append(e.retryAfter().getAsInt()).append(" s");
        }
        return text.toString();
    }
}
