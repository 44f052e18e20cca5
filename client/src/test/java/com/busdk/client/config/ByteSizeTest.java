package com.busdk.client.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1048576, 1048576",
        "64KiB, 65536",
        "1 MiB, 1048576",
        "10gib, 10737418240",
        "1TiB, 1099511627776"
    })
    void shouldReadBytesAndUnits(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "KiB", "-1", "1.5MiB", "1KB", "1K", "9223372036854775807KiB", "99999999999999999999"})
    void shouldRefuseWhatIsNoSize(String text) {
        assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1000, 1000", "1024, 1KiB", "268435456, 256MiB", "1536, 1536"})
    void shouldWriteTheLargestUnitThatLosesNothing(long bytes, String text) {
        assertEquals(text, ByteSize.format(bytes));
    }

    @Property
    void shouldReadBackWhatItWrites(@ForAll @LongRange(min = 0) long bytes) {
        assertEquals(bytes, ByteSize.parse(ByteSize.format(bytes)));
    }
}
