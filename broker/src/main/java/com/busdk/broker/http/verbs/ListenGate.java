package com.busdk.broker.http.verbs;

import com.busdk.broker.access.Decision;
import com.busdk.broker.access.EventAccess;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import io.vertx.core.Future;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which of the groups that are there a caller may know, for one request. Where it may know none of them, the answer is
 * that it lacks a scope, and which: that a group of its own is not there would send it looking in the wrong place.
 *
 * <p>Thread: asked on the loop of the groups, read behind the backend's answer.
 */
final class ListenGate implements Predicate<String> {
    private final EventAccess access;
    private final Identity identity;
    private volatile Decision.@Nullable Refused refused;

    ListenGate(EventAccess access, Identity identity) {
        this.access = access;
        this.identity = identity;
    }

    @Override
    public boolean test(String name) {
        Decision decision = access.mayListen(identity, name);
        if (decision instanceof Decision.Refused one) {
            refused = one;
        }
        return decision.allowed();
    }

    /** The answer, but 403 in place of a 404 for groups that were refused. */
    <T> Future<T> explain(Future<T> answer) {
        return answer.recover(problem -> {
            Decision.Refused why = refused;
            boolean notFound = problem instanceof ApiException error && error.status() == ErrorType.NOT_FOUND.status();
            return Future.failedFuture(notFound && why != null ? why.toException() : problem);
        });
    }
}
