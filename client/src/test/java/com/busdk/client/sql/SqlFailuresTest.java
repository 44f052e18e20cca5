package com.busdk.client.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlFailuresTest {
    /** {@code mayPass}: the start of a service is worth another try; {@code unavailable}: so is what was to be stored. */
    @ParameterizedTest
    @CsvSource({
        "08001,true,true", // refused: the server has not started yet
        "08006,true,true",
        "57P03,true,true", // it is starting
        "53300,true,true", // too many connections
        "53100,true,true", // its disk is full
        "40P01,true,true",
        "08004,false,true", // no password, no TLS
        "28P01,false,true", // wrong password
        "28000,false,true",
        "3D000,false,true", // no such database
        "42501,false,true", // may not
        "42P01,false,true", // no such table
        "0A000,false,true",
        "22001,false,false", // too long a value
        "23505,false,false", // is there already
        "54000,false,false" // too long a value for an index
    })
    void shouldTellWhatPassesOnPostgres(String state, boolean mayPass, boolean unavailable) {
        SQLException failure = new SQLException("said by the server", state);
        assertEquals(mayPass, SqlFailures.mayPass(failure));
        assertEquals(unavailable, SqlFailures.isUnavailable(failure));
    }

    @ParameterizedTest
    @CsvSource({
        "5,true,true", // SQLITE_BUSY: another process holds it
        "6,true,true",
        "10,true,true", // SQLITE_IOERR
        "13,true,true", // SQLITE_FULL
        "1,false,true", // SQLITE_ERROR, as where there is no such table
        "8,false,true", // SQLITE_READONLY
        "11,false,true", // SQLITE_CORRUPT
        "14,false,true", // SQLITE_CANTOPEN
        "26,false,true", // SQLITE_NOTADB
        "18,false,false", // SQLITE_TOOBIG
        "19,false,false", // SQLITE_CONSTRAINT
        "20,false,false" // SQLITE_MISMATCH
    })
    void shouldTellWhatPassesOnSqlite(int code, boolean mayPass, boolean unavailable) {
        SQLException failure = new SQLException("said by the library", null, code);
        assertEquals(mayPass, SqlFailures.mayPass(failure));
        assertEquals(unavailable, SqlFailures.isUnavailable(failure));
    }

    @Test
    void shouldTakeWhatIsNoFailureOfADatabaseForWhatItIs() {
        assertEquals(false, SqlFailures.isUnavailable(new IllegalStateException("08001")));
    }
}
