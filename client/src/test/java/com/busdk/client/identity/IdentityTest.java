package com.busdk.client.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {

    @Test
    void shouldKnowItsScopesAndNoOthers() {
        Identity identity = new Identity("u-1", "api", false, Set.of("vm:read", "events:admin"), 100);

        assertTrue(identity.hasScope("vm:read"));
        assertFalse(identity.hasScope("vm"));
        assertFalse(identity.hasScope("VM:READ"));
        assertTrue(identity.admin());
        assertFalse(new Identity("u-1", "api", true, Set.of(), 100).admin());
    }

    @Test
    void shouldKeepItsScopesWhenTheirSourceChanges() {
        Set<String> source = new HashSet<>(Set.of("vm:read"));
        Identity identity = new Identity("u-1", "api", false, source, 100);

        source.add("events:admin");

        assertEquals(Set.of("vm:read"), identity.scopes());
    }

    @Test
    void shouldExpireWhenItsLeewayIsOver() {
        Identity identity = new Identity("u-1", "api", false, Set.of(), 100);

        assertFalse(identity.expired(129));
        assertTrue(identity.expired(130));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\tb", "a\u007fb", "a\u009fb", "a\u2029b", "\ud800", "a\udc00b"})
    void shouldRefuseASubjectThatIsNone(String subject) {
        assertThrows(IllegalArgumentException.class, () -> new Identity(subject, "api", false, Set.of(), 100));
    }

    @Test
    void shouldCountASubjectInBytes() {
        String subject = "😀".repeat(63) + "abc";
        assertEquals(subject, new Identity(subject, "api", false, Set.of(), 100).subject());
        assertThrows(IllegalArgumentException.class, () -> new Identity(subject + "d", "api", false, Set.of(), 100));
        assertThrows(IllegalArgumentException.class, () -> new Identity("x".repeat(256), "api", false, Set.of(), 100));
    }

    @Test
    void shouldRefuseToBelongToNoAudience() {
        assertThrows(IllegalArgumentException.class, () -> new Identity("u-1", "", false, Set.of(), 100));
    }

    @Test
    void shouldReadTheAudiencesOfTheOption() {
        assertEquals(new Audiences("ai.hg.fi/api", "ai.hg.fi/internal"), Audiences.DEFAULT);
        assertEquals(new Audiences("a", "ai.hg.fi/internal"), Audiences.parse(" a "));
        assertEquals(new Audiences("a", "b"), Audiences.parse("a, b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a,", ",b", "a,b,c", "a,a", "ai.hg.fi/internal"})
    void shouldRefuseAudiencesThatCannotBeToldApart(String text) {
        ConfigException e = assertThrows(ConfigException.class, () -> Audiences.parse(text));

        assertEquals("--audience", e.option());
    }
}
