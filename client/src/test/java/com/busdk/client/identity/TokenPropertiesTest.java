package com.busdk.client.identity;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.http.ApiException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What holds for any header. */
class TokenPropertiesTest {
    private static final String TOKEN = Tokens.hs256(Tokens.CLAIMS);

    private static Vertx vertx;
    private static TokenVerifier verifier;

    @BeforeContainer
    static void makeVerifier() {
        vertx = Vertx.vertx();
        verifier = Verdicts.await(TokenVerifier.create(
                vertx,
                new TokenSettings(List.of(Hs256Secret.parse(Tokens.SECRET)), null, Audiences.DEFAULT),
                new MovableClock()));
    }

    @AfterContainer
    static void stopVertx() {
        Verdicts.await(vertx.close());
    }

    @Property
    void anyHeaderIsAnsweredAndNothingIsThrown(@ForAll String header) {
        assertRefused(header);
        assertRefused("Bearer " + header);
    }

    @Property
    void aTokenWithOneOtherCharacterIsRefused(@ForAll @IntRange(max = 10_000) int place, @ForAll char other) {
        int at = place % TOKEN.length();
        if (TOKEN.charAt(at) != other) {
            assertRefused("Bearer " + TOKEN.substring(0, at) + other + TOKEN.substring(at + 1));
        }
    }

    @Property
    void aTokenCutAnywhereIsRefused(@ForAll @IntRange(max = 10_000) int length) {
        assertRefused("Bearer " + TOKEN.substring(0, length % TOKEN.length()));
    }

    private static void assertRefused(String header) {
        Future<Identity> verdict = verifier.verify(header);
        assertTrue(verdict.failed());
        assertTrue(verdict.cause() instanceof ApiException e && e.status() == 401);
    }
}
