package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.broker.contract.harness.Answer;
import com.busdk.broker.contract.harness.EventStream;
import com.busdk.broker.contract.harness.Tokens;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in at all. */
class TokenTest extends ContractSuite {
    private static final String SCOPE = "events:send events:listen";
    private static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    private static final String OTHER_SECRET = "another-secret-0123456789-0123456789-0123456789";

    private static String claims(String replaced, String by) {
        long now = Instant.now().getEpochSecond();
        return Tokens.claims("tester", SCOPE, now - 10, now + 600).replace(replaced, by);
    }

    private static String good() {
        return claims("", "");
    }

    /** What is wrong, and a whole Authorization header. */
    static List<String[]> refused() {
        long now = Instant.now().getEpochSecond();
        String none = Tokens.base64("{\"alg\":\"none\"}") + "." + Tokens.base64(good()) + ".";
        String valid = Tokens.signed(good());
        String unsigned = valid.substring(0, valid.lastIndexOf('.') + 1);
        return List.of(new String[][] {
            {"empty", ""},
            {"scheme alone", "Bearer"},
            {"scheme and a space", "Bearer "},
            {"Basic", "Basic dXNlcjpwYXNz"},
            {"no scheme", valid},
            {"garbage", "Bearer garbage"},
            {"three dots", "Bearer a.b.c"},
            {"five parts", "Bearer a.b.c.d.e"},
            {"two tokens", "Bearer " + valid + " " + valid},
            {"alg none", "Bearer " + none},
            {
                "alg None",
                "Bearer " + none.replace(Tokens.base64("{\"alg\":\"none\"}"), Tokens.base64("{\"alg\":\"None\"}"))
            },
            {"alg none with a signature", "Bearer " + Tokens.signed("{\"alg\":\"none\"}", good(), Tokens.SECRET)},
            {"no signature", "Bearer " + unsigned},
            {"cut signature", "Bearer " + valid.substring(0, valid.length() - 4)},
            {"another secret", "Bearer " + Tokens.signed(HS256, good(), OTHER_SECRET)},
            {"empty secret", "Bearer " + Tokens.signed(HS256, good(), " ")},
            {"HS384 in the header", "Bearer " + Tokens.signed("{\"alg\":\"HS384\"}", good(), Tokens.SECRET)},
            {"HS512 in the header", "Bearer " + Tokens.signed("{\"alg\":\"HS512\"}", good(), Tokens.SECRET)},
            {"RS256 signed with the secret", "Bearer " + Tokens.signed("{\"alg\":\"RS256\"}", good(), Tokens.SECRET)},
            {"ES256", "Bearer " + Tokens.signed("{\"alg\":\"ES256\"}", good(), Tokens.SECRET)},
            {"lower case alg", "Bearer " + Tokens.signed("{\"alg\":\"hs256\"}", good(), Tokens.SECRET)},
            {"no alg", "Bearer " + Tokens.signed("{}", good(), Tokens.SECRET)},
            {"alg twice", "Bearer " + Tokens.signed("{\"alg\":\"none\",\"alg\":\"HS256\"}", good(), Tokens.SECRET)},
            {
                "a critical extension",
                "Bearer " + Tokens.signed("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", good(), Tokens.SECRET)
            },
            {
                "a key of its own",
                "Bearer "
                        + Tokens.signed(
                                "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"YW5vdGhlci1zZWNyZXQ\"}}",
                                good(),
                                OTHER_SECRET)
            },
            {"expired", "Bearer " + Tokens.expiring("tester", SCOPE, Duration.ofMinutes(-1))},
            {"issued in the future", "Bearer " + Tokens.signed(Tokens.claims("t", SCOPE, now + 600, now + 1200))},
            {"not before later", "Bearer " + Tokens.signed(claims("\"sub\"", "\"nbf\":" + (now + 600) + ",\"sub\""))},
            {"another audience", "Bearer " + Tokens.signed(claims("ai.hg.fi/api", "ai.hg.fi/auth"))},
            {"audience by prefix", "Bearer " + Tokens.signed(claims("ai.hg.fi/api", "ai.hg.fi/api2"))},
            {"no audience", "Bearer " + Tokens.signed(claims("\"aud\":", "\"audience\":"))},
            {"no subject", "Bearer " + Tokens.signed(claims("\"sub\":", "\"subject\":"))},
            {"empty subject", "Bearer " + Tokens.signed(claims("\"sub\":\"tester\"", "\"sub\":\"\""))},
            {"subject a number", "Bearer " + Tokens.signed(claims("\"sub\":\"tester\"", "\"sub\":7"))},
            {"no expiry", "Bearer " + Tokens.signed(claims("\"exp\":", "\"expires\":"))},
            {
                "expiry a string",
                "Bearer " + Tokens.signed("{\"sub\":\"t\",\"aud\":\"ai.hg.fi/api\",\"iat\":1,\"exp\":\"9999999999\"}")
            },
            {"no issue time", "Bearer " + Tokens.signed(claims("\"iat\":", "\"issued\":"))},
            {"claims no object", "Bearer " + Tokens.signed("[]")},
            {"claims no JSON", "Bearer " + Tokens.signed("{\"sub\":")},
            {"subject twice", "Bearer " + Tokens.signed(claims("\"sub\":\"tester\"", "\"sub\":\"a\",\"sub\":\"b\""))},
            {"a long one", "Bearer " + "a".repeat(9_000) + "." + "b".repeat(3_000) + ".c"},
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void shouldRefuse(String what, String authorization) {
        for (Answer answer : List.of(
                service.nobody().publish(event("1"), "authorization", authorization),
                service.nobody().listenRefused("name=" + name, "authorization", authorization),
                service.nobody().get(EVENTS + "/names", "authorization", authorization))) {
            answer.expectError(401, "invalid_auth");
            assertEquals(
                    "Bearer", answer.header("www-authenticate").orElse("").split("[ ,]", -1)[0], () -> "for " + what);
            for (String part : authorization.replace("Bearer ", "").split("\\.", -1)) {
                assertFalse(
                        part.length() > 8 && answer.body().contains(part), "no token in an error: " + answer.body());
            }
        }
    }

    @Test
    void shouldRefuseWithoutAToken() {
        for (Answer answer : List.of(
                service.nobody().publish(event("1")),
                service.nobody().publishLines(event("1")),
                service.nobody().listenRefused("name=" + name),
                service.nobody().get(EVENTS + "/names"),
                service.nobody().get(EVENTS + "/groups"),
                service.nobody().get(EVENTS + "/evt_x"),
                service.nobody().get(EVENTS + "/dead-letters?group=g"),
                service.nobody().ack("g", "\"ack\":[]"),
                service.nobody().post(EVENTS + "/request", "{}"),
                service.nobody().post(EVENTS + "/dead-letters/redrive", "{}"),
                service.nobody().delete(EVENTS + "/dead-letters", "{}"))) {
            answer.expectError(401, "invalid_auth");
            assertEquals("Bearer", answer.header("www-authenticate").orElse("").split("[ ,]", -1)[0]);
        }
    }

    @Test
    void shouldTakeNoTokenFromTheUrl() {
        String token = Tokens.signed(good());
        service.nobody().get(EVENTS + "/names?access_token=" + token).expectError(401, "invalid_auth");
        service.nobody().get(EVENTS + "/names?token=" + token).expectError(401, "invalid_auth");
        Answer body = service.nobody()
                .call(
                        "POST",
                        EVENTS,
                        BodyPublishers.ofString("access_token=" + token),
                        "content-type",
                        "application/x-www-form-urlencoded");
        body.expectError(401, "invalid_auth");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer ", "bearer ", "BEARER ", "Bearer  "})
    void shouldTakeTheSchemeInEverySpelling(String scheme) {
        service.nobody()
                .publish(event("1"), "authorization", scheme + Tokens.signed(good()))
                .expect(202);
    }

    @Test
    void shouldTakeWhatIsRight() {
        for (String claims : List.of(
                good(),
                claims("\"aud\":\"ai.hg.fi/api\"", "\"aud\":[\"other\",\"ai.hg.fi/api\"]"),
                claims("ai.hg.fi/api", "ai.hg.fi/internal"),
                claims("\"sub\"", "\"nbf\":1,\"jti\":\"x\",\"more\":{\"a\":[1]},\"sub\""))) {
            service.as(Tokens.signed(claims)).publish(event("1")).expect(202);
        }
    }

    @Test
    void shouldTakeATokenThatExpiredWithinTheLeewayOf30Seconds() {
        service.as(Tokens.expiring("tester", SCOPE, Duration.ofSeconds(-5)))
                .publish(event("1"))
                .expect(202);
    }

    @Test
    void shouldGoByTokenUseOrTheInternalAudienceForAService() {
        long now = Instant.now().getEpochSecond();
        String user = "{\"sub\":\"tester\",\"aud\":\"ai.hg.fi/api\",\"scope\":\"ssh:run\",\"iat\":%d,\"exp\":%d}"
                .formatted(now, now + 600);
        String envelope = "{\"name\":\"bus.ssh.run.request\"}";
        service.as(Tokens.signed(user)).publish(envelope).expectError(403, "forbidden");
        service.as(Tokens.signed(user.replace("{", "{\"token_use\":\"user\",")))
                .publish(envelope)
                .expectError(403, "forbidden");
        service.as(Tokens.signed(user.replace("{", "{\"token_use\":\"service\",")))
                .publish(envelope)
                .expect(202);
        service.as(Tokens.signed(user.replace("hg.fi/api", "hg.fi/internal")))
                .publish(envelope)
                .expect(202);
    }

    @Test
    void shouldEndAStreamWhenItsTokenExpires() {
        // The leeway counts here too: this one is good for two more seconds.
        String token = Tokens.expiring("tester", SCOPE, Duration.ofSeconds(-28));
        try (EventStream stream = service.as(token).listen("name=" + name + "&notices=true&replay=true")) {
            stream.notice("token_expiring");
            stream.notice("token_expired");
            stream.expectEnd();
        }
    }

    @Test
    void shouldEndAStreamCleanlyWithoutNoticesToo() {
        caller.send(name, "1");
        String token = Tokens.expiring("tester", SCOPE, Duration.ofSeconds(-28));
        try (EventStream stream = service.as(token).listen("name=" + name + "&replay=true")) {
            assertEquals(1, stream.restOfLines().size());
        }
    }

    @Test
    void shouldGiveBackTheLeasesOfAStreamThatEndsWithItsToken() {
        String member = "name=" + name + "&delivery=unicast&ack=explicit&group=g";
        String token = Tokens.expiring("tester", SCOPE, Duration.ofSeconds(-28));
        try (EventStream stream = service.as(token).listen(member);
                EventStream other = service.as(token).listen(member.replace("group=g", "group=h"))) {
            caller.send(name, "1");
            assertEquals(1, stream.next().attempt());
            assertEquals(1, other.next().attempt());
            stream.expectEnd();
        }
        try (EventStream stream = caller.listen(member)) {
            assertEquals(2, stream.next().attempt());
        }
    }
}
