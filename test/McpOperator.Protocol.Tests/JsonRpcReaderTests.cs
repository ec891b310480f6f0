using System.Text;

namespace McpOperator.Protocol.Tests;

public sealed class JsonRpcReaderTests
{
    private const string Call = """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}""";

    [TestCase("""{"jsonrpc":"2.0","id":7,"method":"tools/list"}""", MessageKind.Request, "7")]
    [TestCase("""{"jsonrpc":"2.0","id":"a\u0062c","method":"tools/list"}""", MessageKind.Request, "\"a\\u0062c\"")]
    [TestCase("""{"jsonrpc":"2.0","id":-0,"method":"x"}""", MessageKind.Request, "-0")]
    [TestCase("""{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"x"}""", MessageKind.Request, "123456789012345678901234567890")]
    [TestCase("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", MessageKind.Notification, "")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"result":{}}""", MessageKind.Response, "1")]
    [TestCase("""{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}""", MessageKind.Response, "null")]
    [TestCase(" \r\n\t{ \"method\" : \"x\" , \"jsonrpc\" : \"2.0\" , \"id\" : 1 } \n", MessageKind.Request, "1")]
    public void Reads_every_kind_of_message_and_keeps_its_id_as_it_is_written(string text, MessageKind kind, string id)
    {
        var message = Read(text).Messages.Should().ContainSingle().Subject;
        message.Kind.Should().Be(kind);
        Text(message.Id).Should().Be(id);
        Text(message.Text).Should().Be(text.Trim());
    }

    [Test]
    public void Reads_the_parts_of_a_call()
    {
        var message = Read(Call).Messages.Single();
        message.Method.Should().Be(McpMethods.ToolsCall);
        Text(message.Params).Should().Be("""{"name":"add","arguments":{"a":1}}""");
        Text(JsonText.Member(message.Params, McpParams.Arguments)).Should().Be("""{"a":1}""");
        JsonText.Unquote(JsonText.Member(message.Params, McpParams.Name)).Should().Be("add");
    }

    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}""", "twice")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/list","m\u0065thod":"tools/call"}""", "twice")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"arguments":{"a":{"b":1,"b":2}}}}""", "twice")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"l":[{"a":1},{"a":1,"\u0061":1}]}}""", "twice")]
    [TestCase("""{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10,"a":11}""", "twice")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/list","METHOD":"tools/call"}""", "'METHOD' could be taken for 'method'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"Method":"tools/call"}""", "'Method' could be taken for 'method'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{"name":"x"}}""", "could be taken for 'params'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"Name":"x"}}""", "'params.Name' could be taken for 'name'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""},"params":{"nAme":"x"}}""", "'params.nAme' could be taken for 'name'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","argument\u017F":{}}}""", "could be taken for 'arguments'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","ta\u017F\u212a":{}}}""", "could be taken for 'task'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"_META":{}}}""", "could be taken for '_meta'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"io.modelcontextprotocol/protocolversion":"x"}}}""", "could be taken for 'io.modelcontextprotocol/protocolVersion'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x\ud800"}""", "surrogate")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\udc00\ud800"}}""", "surrogate")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"\ud800":1}}""", "surrogate")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":NaN}}""", "no JSON")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":Infinity}}""", "no JSON")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":01}}""", "no JSON")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x",}""", "no JSON")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x"/**/}""", "no JSON")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x"}{"jsonrpc":"2.0","id":1,"method":"tools/call"}""", "no JSON")]
    [TestCase("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\ny\"}", "no JSON")]
    [TestCase("\uFEFF{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}", "no JSON")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x""", "no JSON")]
    [TestCase("", "no JSON")]
    [TestCase("""{"id":1,"method":"x"}""", "'jsonrpc'")]
    [TestCase("""{"jsonrpc":2.0,"id":1,"method":"x"}""", "'jsonrpc'")]
    [TestCase("""{"jsonrpc":"2.0","id":null,"method":"x"}""", "'id'")]
    [TestCase("""{"jsonrpc":"2.0","id":1.5,"method":"x"}""", "'id'")]
    [TestCase("""{"jsonrpc":"2.0","id":1e3,"method":"x"}""", "'id'")]
    [TestCase("""{"jsonrpc":"2.0","id":true,"method":"x"}""", "'id'")]
    [TestCase("""{"jsonrpc":"2.0","id":{},"method":"x"}""", "'id'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":""}""", "'method'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":["x"]}""", "'method'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}""", "'params'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","params":null}""", "'params'")]
    [TestCase("""{"jsonrpc":"2.0","id":1}""", "'method', 'result' or 'error'")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"x","result":{}}""", "only one")]
    [TestCase("""{"jsonrpc":"2.0","id":1,"result":{},"error":{}}""", "only one")]
    [TestCase("""{"jsonrpc":"2.0","result":{}}""", "'id'")]
    [TestCase("\"x\"", "object")]
    [TestCase("[]", "batches are not part")]
    [TestCase("[[]]", "batches are not part")]
    public void Refuses_what_another_parser_could_read_otherwise(string text, string because)
    {
        var body = Read(text);
        body.Messages.Should().BeEmpty();
        body.Problem!.Message.Should().Contain(because);
    }

    [Test]
    public void Refuses_bytes_that_are_not_utf8()
    {
        byte[] overlong = [.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""u8, 0xC0, 0xAF, .. "\"}"u8];
        JsonRpcReader.Read(overlong, JsonLimits.Default).Problem!.Message.Should().Contain("UTF-8");
        JsonRpcReader.Read(Encoding.Unicode.GetBytes(Call), JsonLimits.Default).Problem.Should().NotBeNull();
    }

    [Test]
    public void Allows_names_that_differ_by_case_where_only_the_tool_reads_them() =>
        Read("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"a":1,"A":2,"Method":3}}}""").Problem.Should().BeNull();

    [Test]
    public void Names_that_differ_only_in_long_objects_are_kept_apart()
    {
        var many = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"k{i}\":0"));
        Read($$$"""{"jsonrpc":"2.0","id":1,"method":"x","params":{{{{many}}}}}""").Problem.Should().BeNull();
        Read($$$"""{"jsonrpc":"2.0","id":1,"method":"x","params":{{{{many}}},"k5000":1}}""").Problem!.Message.Should().Contain("twice");
    }

    [Test]
    public void Limits_size_depth_and_ids()
    {
        var limits = new JsonLimits { MaxBytes = 200, MaxDepth = 5, MaxIdBytes = 10 };
        JsonRpcReader.Read(Bytes(Call), limits).Problem.Should().BeNull();
        JsonRpcReader.Read(Bytes(Call + new string(' ', 200)), limits).Problem!.Message.Should().Be("more than 200 bytes");
        JsonRpcReader.Read(Bytes("""{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":[[[[1]]]]}}"""), limits).Problem!.Message.Should().Contain("more than 5 deep");
        JsonRpcReader.Read(Bytes("""{"jsonrpc":"2.0","id":"0123456789","method":"x"}"""), limits).Problem!.Message.Should().Contain("'id'");
        JsonRpcReader.Read(Bytes(new string('[', 100_000)), JsonLimits.Default).Problem.Should().NotBeNull();
    }

    [Test]
    public void Batches_only_where_they_are_allowed()
    {
        var text = $$"""[ {{Call}} , {"jsonrpc":"2.0","method":"n"} ]""";
        var body = JsonRpcReader.Read(Bytes(text), JsonLimits.Default, batches: true);
        body.IsBatch.Should().BeTrue();
        body.Messages.Select(m => m.Kind).Should().Equal(MessageKind.Request, MessageKind.Notification);
        foreach (var bad in (string[])["[]", "[1]", $"[[{Call}]]", $$"""[{{Call}},{"jsonrpc":"2.0","id":1,"METHOD":"x"}]"""])
        {
            JsonRpcReader.Read(Bytes(bad), JsonLimits.Default, batches: true).Problem.Should().NotBeNull(bad);
        }

        JsonRpcReader.Read(Bytes($"[{string.Join(',', Enumerable.Repeat(Call, 65))}]"), JsonLimits.Default, batches: true).Problem!.Message.Should().Contain("at most 64");
    }

    [Test]
    public void Names_the_request_that_it_refuses_only_when_its_id_is_certain()
    {
        Text(Read("""{"jsonrpc":"2.0","id":"q","method":"x","params":[]}""").ProblemId).Should().Be("\"q\"");
        Read("""{"jsonrpc":"2.0","id":"q","ID":"r","method":"x"}""").ProblemId.IsEmpty.Should().BeTrue();
        Read("""{"jsonrpc":"2.0","id":{"a":1},"method":"x"}""").ProblemId.IsEmpty.Should().BeTrue();
    }

    private static JsonRpcBody Read(string text) => JsonRpcReader.Read(Bytes(text), JsonLimits.Default);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
