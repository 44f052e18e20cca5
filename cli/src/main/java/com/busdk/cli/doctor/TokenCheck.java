package com.busdk.cli.doctor;

import com.busdk.cli.ExitCode;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.GoDuration;
import com.busdk.client.text.Echo;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks into the token, without verifying it: only the service can. */
final class TokenCheck {
    private static final String CHECK = "token";

    /** A token with less left is soon a surprise. */
    private static final Duration SOON = Duration.ofMinutes(5);

    /** How far clocks may be apart (Events API contract, "Access"). */
    private static final Duration LEEWAY = Duration.ofSeconds(30);

    private static final String GET_ONE = "start a local stack with 'bus up', which writes one, or sign one with"
            + " 'bus operator token issue --local' and the secret of the service";

    private TokenCheck() {}

    /** What is to be said of the token that this source gives. */
    static List<Finding> findings(TokenSource source, Instant now) {
        String token;
        try {
            token = source.token();
        } catch (TokenException e) {
            return List.of(Finding.failed(
                    CHECK, Finding.problem(String.valueOf(e.getMessage())), GET_ONE, ExitCode.NO_PERMISSION));
        }
        Optional<TokenClaims> claims = TokenClaims.peek(token);
        return claims.map(found -> findings(found, now))
                .orElseGet(() -> List.of(Finding.failed(
                        CHECK, "what is there is not a JWT", "replace it: " + GET_ONE, ExitCode.NO_PERMISSION)));
    }

    private static List<Finding> findings(TokenClaims claims, Instant now) {
        var findings = new ArrayList<Finding>();
        findings.add(expiry(claims, now));
        findings.add(audience(claims));
        findings.add(scopes(claims));
        return findings;
    }

    private static Finding expiry(TokenClaims claims, Instant now) {
        String who = (claims.service() ? "service " : "user ") + Echo.quote(String.valueOf(claims.subject()));
        Instant expires = claims.expiresAt();
        String remedy = claims.service() ? GET_ONE : renew(claims.scopes());
        if (expires == null) {
            return Finding.failed(CHECK, who + ", without an expiry", "replace it: " + remedy, ExitCode.NO_PERMISSION);
        }
        Instant issued = claims.issuedAt();
        if (issued != null && issued.isAfter(now.plus(LEEWAY))) {
            return Finding.failed(
                    CHECK,
                    who + ", issued in the future (" + issued + ")",
                    "set the clock of this machine or of the one that issued it",
                    ExitCode.NO_PERMISSION);
        }
        if (claims.isExpired(now)) {
            return Finding.failed(
                    CHECK, who + ", expired at " + expires, "renew it: " + remedy, ExitCode.NO_PERMISSION);
        }
        Duration left = Duration.ofSeconds(Duration.between(now, expires).toSeconds());
        String message = who + ", valid for another " + GoDuration.format(left);
        return left.compareTo(SOON) < 0
                ? Finding.warning(CHECK, message, "renew it soon: " + remedy)
                : Finding.ok(CHECK, message);
    }

    /** How a user gets one: from the auth service, which knows whose it is to be. */
    private static String renew(Scopes scopes) {
        return "bus auth token --scope " + Echo.quote(scopes.toString());
    }

    private static Finding audience(TokenClaims claims) {
        List<String> known = List.of(Scopes.AUDIENCE_API, Scopes.AUDIENCE_INTERNAL);
        String found = Echo.of(String.join(" ", claims.audience()));
        if (claims.audience().contains(Scopes.AUDIENCE_INTERNAL)
                && !claims.audience().contains(Scopes.AUDIENCE_API)) {
            return Finding.warning(
                    "audience", found, "vm, containers, billing and status take " + Scopes.AUDIENCE_API + " only");
        }
        return claims.audience().stream().anyMatch(known::contains)
                ? Finding.ok("audience", found)
                : Finding.warning(
                        "audience",
                        found.isEmpty() ? "none" : found,
                        "services take " + String.join(" or ", known) + " unless they were told otherwise");
    }

    private static Finding scopes(TokenClaims claims) {
        Scopes scopes = claims.scopes();
        String found = Echo.of(scopes.toString());
        if (scopes.words().isEmpty()) {
            return Finding.warning("scopes", "none", "get a token with the scopes that your events need");
        }
        if (scopes.has(Scopes.EVENTS_SEND) && scopes.has(Scopes.EVENTS_LISTEN)) {
            return Finding.ok("scopes", found);
        }
        return Finding.warning(
                "scopes", found, "events outside of bus.* need " + Scopes.EVENTS_SEND + " and " + Scopes.EVENTS_LISTEN);
    }
}
