using System.Net;
using System.Net.Sockets;
using System.Text;
using McpOperator.Objects;
using McpOperator.Policy;
using McpOperator.Reconcilers.Versions;

namespace McpOperator.Reconcilers.Tests;

/// <summary>What a proxy tells of its server's tools, over a real socket; and what the operator makes of those that lie.</summary>
public sealed class PodSurfacesTests
{
    private const string Good = """{"schema":"surface.mcpoperator.io/v1","withheld":{"a":"it lies"},"tools":[{"name":"b","definition":{"name":"b","description":"x","future":[1.0]}},{"name":"a","definition":{}}]}""";

    private static readonly V1Pod Here = new() { Status = new() { PodIP = "127.0.0.1" } };

    /// <summary>Answers one request with some bytes, and says what was asked.</summary>
    private static async Task<(SurfaceReport? Found, string Asked)> AskAsync(string answer, V1Pod? pod = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var surfaces = new PodSurfaces(((IPEndPoint)listener.LocalEndpoint).Port);
        var asked = "";
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            var buffer = new byte[4096];
            asked = Encoding.ASCII.GetString(buffer, 0, await client.GetStream().ReadAsync(buffer));
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer));
        });
        var found = await surfaces.FindAsync(pod ?? Here, CancellationToken.None);
        listener.Stop();
        await serving.ContinueWith(_ => { }, TaskScheduler.Default);
        return (found, asked);
    }

    private static string Http(string body, string status = "200 OK") => $"HTTP/1.1 {status}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    [Test]
    public async Task A_report_is_read_whole()
    {
        var (found, asked) = await AskAsync(Http(Good));

        asked.Should().StartWith("GET /surfacez HTTP/1.1");
        found!.Tools!.Select(t => t.Name).Should().Equal("b", "a");
        found.Withheld.Should().Equal(new Dictionary<string, string> { ["a"] = "it lies" });
        found.Tools![0].Definition.ToJsonString().Should().Be("""{"name":"b","description":"x","future":[1.0]}""");
    }

    [TestCase("""{"schema":"surface.mcpoperator.io/v1"}""", TestName = "nothing known yet")]
    [TestCase("""{"schema":"surface.mcpoperator.io/v2","tools":[]}""", TestName = "another schema")]
    [TestCase("""{"schema":"surface.mcpoperator.io/v1","tools":[{"name":"a","definition":{}},{"name":"a","definition":{"x":1}}]}""", TestName = "a name twice")]
    [TestCase("""{"schema":"surface.mcpoperator.io/v1","tools":[{"name":"a"}]}""", TestName = "no definition")]
    [TestCase("""{"schema":"surface.mcpoperator.io/v1","tools":[{"name":"a","definition":7}]}""", TestName = "a definition that is none")]
    [TestCase("not json", TestName = "no JSON")]
    [TestCase("", TestName = "nothing")]
    public async Task What_is_no_report_is_none(string body) => (await AskAsync(Http(body))).Found.Should().BeNull();

    [Test]
    public async Task Errors_redirects_and_floods_are_none()
    {
        (await AskAsync(Http(Good, "500 Internal Server Error"))).Found.Should().BeNull();
        (await AskAsync("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")).Found.Should().BeNull();
        (await AskAsync("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{")).Found.Should().BeNull("it is too large");
        (await AskAsync("rubbish")).Found.Should().BeNull();
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("evil.example.net")]
    [TestCase("127.0.0.1:80/x?")]
    public async Task Only_an_address_is_asked(string? address)
    {
        using var surfaces = new PodSurfaces(1);
        (await surfaces.FindAsync(new() { Status = new() { PodIP = address } }, CancellationToken.None)).Should().BeNull();
    }
}
