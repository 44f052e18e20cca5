package com.busdk.client.worker;

import com.busdk.client.event.Envelope;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a reply of a handler's failure. What the handler did not mean for the caller is logged and not told. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    private Failures() {}

    static Reply reply(String worker, Envelope request, Throwable cause) {
        return switch (cause) {
            case ApiException e -> Reply.failed(e.type(), Echo.clean(e.message(), ApiException.MAX_MESSAGE_CHARS));
            case IllegalArgumentException e -> Reply.failed(ErrorType.BAD_REQUEST.type(), message(e));
            case TimeoutException e -> Reply.failed(ErrorType.TIMEOUT.type(), message(e));
            default -> {
                LOG.error("worker {} failed on request {}", worker, request.id(), cause);
                yield Reply.failed(ErrorType.INTERNAL.type(), "the worker failed; its log says why");
            }
        };
    }

    private static String message(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? "" : Echo.clean(message, ApiException.MAX_MESSAGE_CHARS);
    }
}
