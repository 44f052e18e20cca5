package com.busdk.client.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EchoTest {
    @Test
    void shouldRepeatShortTextsAsTheyAre() {
        assertEquals("\"größe 😀\"", Echo.quote("größe 😀"));
    }

    @Test
    void shouldReplaceWhatATerminalWouldObey() {
        assertEquals("a?[31mb??c", Echo.of("a\u001b[31mb\r\nc"));
    }

    @Test
    void shouldReplaceHalvesOfCharactersSinceNothingCanBeWrittenWithThem() {
        assertEquals("a?b?", Echo.of("a\ud83db\ude00"));
        assertEquals("?😀?", Echo.of("\ude00😀\ud83d"));
    }

    @Test
    void shouldCutLongTextsAndNeverThroughACharacter() {
        assertEquals("x".repeat(199) + "…", Echo.of("x".repeat(201)));
        assertEquals("x".repeat(198) + "…", Echo.of("x".repeat(198) + "😀😀"));
        assertEquals("x".repeat(200), Echo.of("x".repeat(200)));
    }
}
