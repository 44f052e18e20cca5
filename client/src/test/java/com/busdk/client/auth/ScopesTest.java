package com.busdk.client.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ScopesTest {
    @Test
    void shouldReadWordsAndWriteThemInTheirOrder() {
        Scopes scopes = Scopes.parse("  vm:write vm:read\tvm:write ");
        assertEquals("vm:write vm:read", scopes.toString());
        assertTrue(scopes.has("vm:read"));
        assertFalse(scopes.has("vm"));
        assertEquals(Scopes.NONE, Scopes.parse(" "));
    }

    @Test
    void shouldRefuseWhatIsNoWord() {
        assertThrows(IllegalArgumentException.class, () -> new Scopes(Set.of("a b")));
        assertThrows(IllegalArgumentException.class, () -> new Scopes(Set.of("")));
        assertThrows(IllegalArgumentException.class, () -> Scopes.parse("ä"));
    }
}
