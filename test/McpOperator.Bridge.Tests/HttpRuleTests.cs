using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using McpOperator.Api;
using McpOperator.Protocol;

namespace McpOperator.Bridge.Tests;

public class HttpRuleTests
{
    private RunningBridge _bridge = null!;
    private BridgeClient _client = null!;

    [OneTimeSetUp]
    public async Task SetUp()
    {
        _bridge = await RunningBridge.StartAsync(options => options with { AllowedOrigins = ["https://app.example.com"], MaxMessageBytes = 100_000 });
        _client = await _bridge.OpenAsync();
    }

    [OneTimeTearDown]
    public async Task TearDown()
    {
        _client.Dispose();
        await _bridge.DisposeAsync();
    }

    [TestCase("https://evil.example.net", 403)]
    [TestCase("null", 403)]
    [TestCase("https://app.example.com.evil.net", 403)]
    [TestCase("https://app.example.com", 200)]
    [TestCase("http://localhost:3000", 200)]
    public async Task Only_allowed_pages_may_call(string origin, int status)
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "echo", new { text = "x" }), request => request.Headers.Add("Origin", origin));

        response.StatusCode.Should().Be((HttpStatusCode)status);
    }

    [TestCase("evil.example.net", 403)]
    [TestCase("evil.example.net:18081", 403)]
    [TestCase("localhost:1", 200)]
    [TestCase("[::1]", 200)]
    public async Task A_name_that_somebody_pointed_at_this_machine_is_refused(string host, int status)
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "echo", new { text = "x" }), request => request.Headers.Host = host);

        response.StatusCode.Should().Be((HttpStatusCode)status);
    }

    [Test]
    public async Task A_session_is_needed_and_must_exist()
    {
        using var stranger = _bridge.Client();
        using var none = await stranger.PostAsync(BridgeClient.Call("1", "echo"));
        none.StatusCode.Should().Be(HttpStatusCode.BadRequest);

        stranger.SessionId = new string('0', 32);
        using var unknown = await stranger.PostAsync(BridgeClient.Call("1", "echo"));
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await unknown.Content.ReadAsStringAsync()).Should().Contain(BridgeReasons.SessionNotFound);
        using var listening = await stranger.GetAsync();
        listening.StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var deleted = await stranger.DeleteAsync();
        deleted.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [TestCase("{", 400, JsonRpcErrors.ParseError)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call"}""", 400, JsonRpcErrors.InvalidRequest)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}""", 400, JsonRpcErrors.ParseError)]
    [TestCase("""{"jsonrpc":"2.0","id":null,"method":"ping"}""", 400, JsonRpcErrors.InvalidRequest)]
    [TestCase("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}""", 400, JsonRpcErrors.InvalidRequest)]
    public async Task What_is_no_message_is_refused(string body, int status, int code)
    {
        using var response = await _client.PostAsync(body);

        response.StatusCode.Should().Be((HttpStatusCode)status);
        (await BridgeClient.MessagesAsync(response)).Single()["error"]!["code"]!.GetValue<int>().Should().Be(code);
    }

    [Test]
    public async Task Headers_must_be_as_the_protocol_wants_them()
    {
        var call = BridgeClient.Call("1", "echo", new { text = "x" });
        (await StatusAsync(request => request.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/plain"))).Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await StatusAsync(request => { request.Headers.Accept.Clear(); request.Headers.Accept.ParseAdd("application/json"); })).Should().Be(HttpStatusCode.NotAcceptable);
        (await StatusAsync(request => { request.Headers.Accept.Clear(); request.Headers.Accept.ParseAdd("*/*"); })).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(request => { request.Headers.Remove(McpHeaders.ProtocolVersion); request.Headers.Add(McpHeaders.ProtocolVersion, "1999-01-01"); })).Should().Be(HttpStatusCode.BadRequest);
        (await StatusAsync(request => request.Headers.Remove(McpHeaders.ProtocolVersion))).Should().Be(HttpStatusCode.OK);
        (await StatusAsync(request => request.RequestUri = new Uri(request.RequestUri!, "/other"))).Should().Be(HttpStatusCode.NotFound);
        (await StatusAsync(request => request.Method = HttpMethod.Put)).Should().Be(HttpStatusCode.MethodNotAllowed);

        async Task<HttpStatusCode> StatusAsync(Action<HttpRequestMessage> change)
        {
            using var response = await _client.PostAsync(call, change);
            return response.StatusCode;
        }
    }

    [Test]
    public async Task A_body_that_is_too_long_is_refused_announced_or_not([Values] bool chunked)
    {
        using var response = await _client.PostAsync(BridgeClient.Call("1", "echo", new { text = new string('x', 100_000) }), request => request.Headers.TransferEncodingChunked = chunked);

        response.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await _client.CallAsync("echo", new { text = new string('y', 90_000) })).Should().HaveLength(90_000);
    }

    [Test]
    public async Task A_length_that_is_only_announced_opens_nothing()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _bridge.Address.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: */*\r\nContent-Length: 90000\r\n\r\n{BridgeClient.Initialize()}"));
        socket.Close();
        await Task.Delay(200);

        _bridge.Log.Lines.Count(line => line.StartsWith("Session ") && line.Contains(" opened")).Should().Be(1);
    }
}
