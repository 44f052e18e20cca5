@NullMarked
package com.busdk.gateway;

import org.jspecify.annotations.NullMarked;
