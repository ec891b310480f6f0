using System.Text;
using System.Text.Json;

namespace McpOperator.Protocol.Tests;

/// <summary>
/// Mutated messages: 100,000, or as many as MCP_FUZZ_ITERATIONS says (10000000 before a release). Whatever the strict reader accepts, the laxest
/// reader that we know has to read alike. The seed is fixed, or MCP_FUZZ_SEED, and stands in every failure.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int Iterations = int.Parse(Environment.GetEnvironmentVariable("MCP_FUZZ_ITERATIONS") ?? "100000", null);
    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("MCP_FUZZ_SEED") ?? "20261120", null);

    private static readonly byte[][] Seeds =
    [
        .. new[]
        {
            """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1,"A":[{"b":null}]},"_meta":{"progressToken":1}}}""",
            """{"id":"x\u0041","params":{"name":"secret"},"method":"tools/call","jsonrpc":"2.0"}""",
            """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}""",
            """{"jsonrpc":"2.0","id":-5,"result":{"tools":[{"name":"add"}],"nextCursor":"x"}}""",
            """[{"jsonrpc":"2.0","id":1,"method":"tools/list"},{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":""}}]""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    /// <summary>Pieces that turn one message into two, put where chance will have it.</summary>
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\"method\":\"tools/call\",", "\"METHOD\":\"tools/call\",", "\"params\":{\"name\":\"secret\"},", "\"Param\u017f\":{\"name\":\"secret\"},", "\"name\":\"secret\",", "\"n\\u0061me\":\"secret\",",
            "\"id\":2,", "\"Id\":2,", "\\ud800", "\\u0000", "\uFEFF", "[", "]", "{", "}", "\"", ",", ":", "\\", "1e9", "NaN", "/**/", "\u00e9", "\0", "\n",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Test]
    public void Whatever_is_accepted_reads_alike_for_the_laxest_reader()
    {
        var random = new Random(Seed);
        for (var i = 0; i < Iterations; i++)
        {
            var input = Mutate(Seeds[random.Next(Seeds.Length)], random);
            try
            {
                var body = JsonRpcReader.Read(input, JsonLimits.Default, batches: true);
                if (body.Problem is null)
                {
                    Compare(input, body);
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {Seed}, iteration {i}, input {Convert.ToBase64String(input)}", e);
            }
        }
    }

    [Test]
    public void The_scanner_of_envelopes_sees_what_the_strict_reader_sees()
    {
        var random = new Random(Seed);
        for (var i = 0; i < Iterations; i++)
        {
            var input = Mutate(Seeds[random.Next(Seeds.Length)], random);
            var scanner = new EnvelopeScanner();
            for (var at = 0; at < input.Length;)
            {
                var length = Math.Min(random.Next(1, 40), input.Length - at);
                scanner.Append(input.AsSpan(at, length));
                at += length;
            }

            if (StrictJson.Check(input, JsonLimits.Default) is not null || !JsonText.IsObject(JsonText.Trim(input)))
            {
                continue;
            }

            var text = JsonText.Trim(input);
            var id = JsonText.Member(text, "id");
            var isSimple = id.IsEmpty || (id.Span[0] is not ((byte)'{' or (byte)'['));
            if (!scanner.IsWhole || scanner.IsAmbiguous || scanner.HasMethod == JsonText.Member(text, "method").IsEmpty || scanner.HasResult == JsonText.Member(text, "result").IsEmpty
                || (isSimple && !scanner.Id.Span.SequenceEqual(id.Span)))
            {
                throw new InvalidOperationException($"seed {Seed}, iteration {i}, input {Convert.ToBase64String(input)}");
            }
        }
    }

    [Test]
    public void Streams_repeat_themselves_however_they_are_cut()
    {
        var random = new Random(Seed);
        for (var i = 0; i < Iterations / 10; i++)
        {
            var input = Mutate("id: 1\ndata: a\r\n\r\nevent: x\ndata:b\rdata: c\n\n: d\n\n"u8.ToArray(), random);
            var (whole, cut) = (Read(input, input.Length), Read(input, random.Next(1, 7)));
            if (whole.Events != cut.Events || whole.Raw != Convert.ToBase64String(input) || cut.Raw != whole.Raw)
            {
                throw new InvalidOperationException($"seed {Seed}, iteration {i}, input {Convert.ToBase64String(input)}");
            }
        }
    }

    private static (string Events, string Raw) Read(byte[] input, int size)
    {
        var reader = new SseReader(1 << 20);
        var (events, raw) = (new StringBuilder(), new MemoryStream());
        foreach (var chunk in input.Chunk(Math.Max(1, size)))
        {
            reader.Append(chunk);
            while (reader.Read() is { } sent)
            {
                // A lone line end may be the second half of one that has been seen.
                events.Append(sent.HasData || sent.Id is not null ? $"{sent.Type}|{sent.Id}|{Convert.ToBase64String(sent.Data.Span)};" : "");
                raw.Write(sent.Raw.Span);
            }
        }

        raw.Write(reader.Rest.Span);
        return (events.ToString(), Convert.ToBase64String(raw.ToArray()));
    }

    private static void Compare(byte[] input, JsonRpcBody body)
    {
        using var document = JsonDocument.Parse(input);
        var items = document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.EnumerateArray()] : new List<JsonElement> { document.RootElement };
        if (items.Count != body.Messages.Count)
        {
            throw new InvalidOperationException("another number of messages");
        }

        foreach (var (item, message) in items.Zip(body.Messages))
        {
            foreach (var takesLast in (bool[])[true, false])
            {
                var (method, name) = (Lax(item, "method", takesLast), Lax(Lax(item, "params", takesLast), "name", takesLast));
                if (method?.GetString() != message.Method || Lax(item, "id", takesLast)?.GetRawText() is var id && (id ?? "") != Encoding.UTF8.GetString(message.Id.Span))
                {
                    throw new InvalidOperationException("another method or id");
                }

                if (name?.GetRawText() is var text && (text ?? "") != Encoding.UTF8.GetString(JsonText.Member(message.Params, "name").Span))
                {
                    throw new InvalidOperationException("another name");
                }
            }
        }
    }

    /// <summary>A member as a reader takes it that ignores case, folds Unicode, and takes the first or the last of several.</summary>
    private static JsonElement? Lax(JsonElement? from, string name, bool takesLast)
    {
        if (from is not { ValueKind: JsonValueKind.Object } value)
        {
            return null;
        }

        var found = value.EnumerateObject().Where(member => Fold(member.Name) == name).Select(member => member.Value).ToList();
        return found.Count == 0 ? null : takesLast ? found[^1] : found[0];
    }

    private static string Fold(string name) => name.Replace('\u017f', 's').Replace('\u212a', 'k').ToLowerInvariant();

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = new List<byte>(seed);
        for (var n = random.Next(0, 4); n > 0 && bytes.Count > 0; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(8))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 12), bytes.Count - at)); break;
                case 2: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at))); break;
                case 3:
                    // After a brace, where a member fits.
                    var brace = bytes.IndexOf((byte)'{', at);
                    bytes.InsertRange(brace < 0 ? at : brace + 1, Pieces[random.Next(Pieces.Length)]);
                    break;
                default: bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]); break;
            }
        }

        return [.. bytes];
    }
}
