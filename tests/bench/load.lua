-- SPDX-License-Identifier: Apache-2.0
--
-- What wrk sends: each request about a contact chosen at random. Arguments
-- after --:
--   get  FILE PREFIX        GET PREFIX and a line of FILE
--   post FILE PATH BODY     POST the file BODY; @ID@ becomes a line of FILE,
--                           @N@ a number that no other request has
--   form FILE PATH BODY     the same as multipart/form-data
-- At the end one line of JSON: what was answered and how long it took.

local ids, request_of, thread_number = {}, {}, 0
local boundary = "xXxBoundaryxXx"

function setup(thread)
    thread:set("number", thread_number)
    thread_number = thread_number + 1
end

local function random_id()
    return ids[math.random(#ids)]
end

local function split(body)
    local parts, at = {}, 1
    for from, name, to in body:gmatch("()@(%u+)@()") do
        parts[#parts + 1] = body:sub(at, from - 1)
        parts[#parts + 1] = {name}
        at = to
    end
    parts[#parts + 1] = body:sub(at)
    return parts
end

local function filled(parts, serial)
    local id, out = random_id(), {}
    for i, part in ipairs(parts) do
        out[i] = type(part) == "string" and part
            or part[1] == "ID" and id or tostring(serial)
    end
    return table.concat(out)
end

local function poster(path, file, content_type)
    local handle = assert(io.open(file, "rb"))
    local parts = split(handle:read("*a"))
    local serial = (os.time() % 1000000) * 10 + number
    local count = 0
    handle:close()
    wrk.headers["Content-Type"] = content_type
    return function()
        count = count + 1
        return wrk.format("POST", path, nil,
            filled(parts, serial .. "x" .. count))
    end
end

function init(args)
    math.randomseed(os.time() * 100 + number)
    for line in io.lines(args[2]) do
        ids[#ids + 1] = line
    end
    if args[1] == "get" then
        local head = "GET " .. args[3]
        local tail = " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\n\r\n"
        request_of = function() return head .. random_id() .. tail end
    elseif args[1] == "post" then
        request_of = poster(args[3], args[4], "application/json")
    else
        request_of = poster(args[3], args[4],
            "multipart/form-data; boundary=" .. boundary)
    end
end

function request()
    return request_of()
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.3f, "p50": %.3f, "p99": %.3f, ' ..
        '"bytes": %d, "errors": %d}\n',
        summary.requests, summary.duration / 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        summary.bytes, errors.connect + errors.read + errors.write +
        errors.status + errors.timeout))
end
