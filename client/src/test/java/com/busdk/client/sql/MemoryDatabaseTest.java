package com.busdk.client.sql;

class MemoryDatabaseTest extends DatabaseSuite {
    @Override
    DatabaseLocation location() {
        return new DatabaseLocation.Memory();
    }
}
