package com.busdk.broker.http.verbs;

import com.busdk.broker.access.Decision;
import com.busdk.broker.access.EventAccess;
import com.busdk.client.auth.Scopes;
import com.busdk.client.config.GoDuration;
import com.busdk.client.event.EventName;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a caller may see, and the forms that the verbs share. Stateless, any thread. */
final class Callers {
    private static final Pattern GROUP_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private Callers() {}

    /** Whose events it sees: its own for a user, null (all) for a service. */
    static @Nullable String view(Identity identity) {
        return identity.service() ? null : identity.subject();
    }

    /**
     * Whose groups somebody asks about.
     *
     * @param owner whom the request names, null for nobody: then it is about the caller's own
     */
    static @Nullable String view(EventAccess access, Identity identity, @Nullable String owner) {
        if (owner == null) {
            return view(identity);
        }
        if (owner.isBlank()
                || owner.codePoints().anyMatch(Character::isISOControl)
                || owner.getBytes(StandardCharsets.UTF_8).length > Identity.MAX_SUBJECT_BYTES) {
            throw Bodies.bad("an owner is the identity of a user: 1 to " + Identity.MAX_SUBJECT_BYTES
                    + " bytes without control characters");
        }
        if (identity.service()) {
            require(access.requireAdmin(identity));
        } else if (!owner.equals(identity.subject())) {
            // Said of every owner and group alike: it tells nobody which there are.
            throw ApiException.of(
                    ErrorType.FORBIDDEN,
                    "a user's token is about the own groups alone: leave the owner out, or use a service token that"
                            + " has the scope " + Scopes.EVENTS_ADMIN);
        }
        return owner;
    }

    static Predicate<String> mayListen(EventAccess access, Identity identity) {
        return name -> access.mayListen(identity, name).allowed();
    }

    static void require(Decision decision) {
        if (decision instanceof Decision.Refused refused) {
            throw refused.toException();
        }
    }

    /** Refuses what the parameter {@code name} says if that is no event name, or one that the caller may not listen to. */
    static void requireListen(EventAccess access, Identity identity, @Nullable String name) {
        if (name == null) {
            return;
        }
        if (!EventName.isValid(name)) {
            throw Bodies.bad(
                    "the parameter name is no event name: two or more words of a-z, 0-9, _ and -," + " joined by dots");
        }
        require(access.mayListen(identity, name));
    }

    static String groupName(@Nullable String given) {
        if (given == null) {
            throw Bodies.bad("the group is missing: say which one");
        }
        if (!GROUP_NAME.matcher(given).matches()) {
            throw Bodies.bad("a group's name is 1 to 64 of A-Z, a-z, 0-9, dot, _ and -");
        }
        return given;
    }

    static Duration duration(String field, String text) {
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw Bodies.bad("the field " + field + " is no duration: " + e.getMessage());
        }
    }

    static String time(long micros) {
        return MICROS.format(
                Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000L));
    }
}
