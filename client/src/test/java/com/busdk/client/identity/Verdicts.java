package com.busdk.client.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What tests of the verifier ask for. */
final class Verdicts {
    private static final int DEADLINE_SECONDS = 20;

    private Verdicts() {}

    static TokenSettings hs256Only() {
        return new TokenSettings(List.of(Hs256Secret.parse(Tokens.SECRET)), null, Audiences.DEFAULT);
    }

    static TokenSettings jwksOnly() {
        return new TokenSettings(List.of(), "keys", Audiences.DEFAULT);
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException known) {
                throw known;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    static Identity accepted(TokenVerifier verifier, String token) {
        return await(verifier.verify("Bearer " + token));
    }

    /** The token is refused with 401, and no part of it is in the message. Gives the message. */
    static String refused(TokenVerifier verifier, String token) {
        ApiException e = failure(verifier, token);
        assertEquals(Optional.of(ErrorType.INVALID_AUTH), e.errorType(), e.message());
        for (String part : token.split("[.\\s]", -1)) {
            if (part.length() > 8) {
                assertFalse(e.message().contains(part), "part of the token in: " + e.message());
            }
        }
        return e.message();
    }

    static ApiException failure(TokenVerifier verifier, String token) {
        return assertInstanceOf(
                ApiException.class,
                assertThrows(RuntimeException.class, () -> accepted(verifier, token), "the token was accepted"));
    }
}
