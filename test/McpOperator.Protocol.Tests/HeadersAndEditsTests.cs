using System.Text;

namespace McpOperator.Protocol.Tests;

public sealed class HeadersAndEditsTests
{
    // The table of MCP 2026-07-28, Streamable HTTP, "Value Encoding".
    [TestCase("us-west1", "us-west1")]
    [TestCase("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=")]
    [TestCase(" padded ", "=?base64?IHBhZGRlZCA=?=")]
    [TestCase("line1\nline2", "=?base64?bGluZTEKbGluZTI=?=")]
    [TestCase("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=")]
    public void Values_stand_in_headers_as_the_specification_shows(string value, string header)
    {
        McpHeaders.Encode(value).Should().Be(header);
        McpHeaders.Decode(header).Should().Be(value);
    }

    [TestCase("=?base64?not base64!?=")]
    [TestCase("=?base64?wK8=?=")]
    [TestCase("caf\u00e9")]
    public void Badly_encoded_values_are_no_values(string header) => McpHeaders.Decode(header).Should().BeNull();

    [Test]
    public void Edits_leave_all_other_bytes_alone()
    {
        ReadOnlyMemory<byte> text = Encoding.UTF8.GetBytes("""{ "a" : 1.0e1,"b":"\u00e9" , "c":[1] }""");
        var edits = new JsonEdits(text);
        edits.Replace(JsonText.Member(text, "a"), "true"u8.ToArray());
        edits.Replace(JsonText.Member(text, "c"), "{}"u8.ToArray());
        Encoding.UTF8.GetString(edits.ToArray()).Should().Be("""{ "a" : true,"b":"\u00e9" , "c":{} }""");
        var backwards = () => edits.Replace(0, 1, default);
        backwards.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Test]
    public void Messages_of_our_own_are_messages()
    {
        var error = JsonRpcWriter.Error("\"7\""u8.ToArray(), JsonRpcErrors.InvalidParams, "Unknown tool: é", data => data.WriteStringValue("x"));
        Encoding.UTF8.GetString(error).Should().Be("""{"jsonrpc":"2.0","id":"7","error":{"code":-32602,"message":"Unknown tool: é","data":"x"}}""");
        Encoding.UTF8.GetString(JsonRpcWriter.Error(default, -32700, "m")).Should().Be("""{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}""");
        JsonRpcReader.Read(JsonRpcWriter.Call("1"u8.ToArray(), "ping"), JsonLimits.Default).Messages.Single().Kind.Should().Be(MessageKind.Request);
        JsonRpcReader.Read(JsonRpcWriter.Call(default, "n"), JsonLimits.Default).Messages.Single().Kind.Should().Be(MessageKind.Notification);
        JsonRpcReader.Read(JsonRpcWriter.Result("1"u8.ToArray(), w => w.WriteNullValue()), JsonLimits.Default).Messages.Single().Kind.Should().Be(MessageKind.Response);
    }

    [Test]
    public void Revisions_know_what_they_allow()
    {
        ProtocolRevision.Of("2025-03-26")!.HasBatches.Should().BeTrue();
        ProtocolRevision.Of("2025-06-18")!.HasBatches.Should().BeFalse();
        ProtocolRevision.All.Where(r => r.IsStateless).Should().Equal(ProtocolRevision.V20260728);
        ProtocolRevision.Of("2025-6-18").Should().BeNull();
    }
}
