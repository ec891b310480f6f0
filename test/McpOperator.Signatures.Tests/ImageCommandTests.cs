using System.Text;
using McpOperator.Admission.Images;
using McpOperator.Api;
using McpOperator.TestKit;

namespace McpOperator.Signatures.Tests;

public sealed class ImageCommandTests : RegistryTest
{
    private const string OciManifest = "application/vnd.oci.image.manifest.v1+json";

    private ImageCommandReader _reader = null!;

    [SetUp]
    public void StartReader() => _reader = new ImageCommandReader(TimeProvider.System);

    [TearDown]
    public void StopReader() => _reader.Dispose();

    [Test]
    public async Task Entrypoint_and_command_come_from_the_configuration()
    {
        var finding = await ReadAsync(PutImage("""{"Entrypoint": ["/app/server"], "Cmd": ["--stdio", "$(HOME)"], "Env": ["A=b"]}"""));
        finding.Command!.Entrypoint.Should().Equal("/app/server");
        finding.Command.Cmd.Should().Equal("--stdio", "$(HOME)");
        Registry.Requests.Should().HaveCount(2);
    }

    [TestCase("""{"Entrypoint": null, "Cmd": ["x"]}""", 0, 1)]
    [TestCase("""{"Cmd": ["sh", "-c", "x"]}""", 0, 3)]
    [TestCase("{}", 0, 0)]
    [TestCase("null", 0, 0)]
    public async Task What_an_image_leaves_out_is_empty(string config, int entrypoint, int cmd)
    {
        var command = (await ReadAsync(PutImage(config))).Command!;
        command.Entrypoint.Should().HaveCount(entrypoint);
        command.Cmd.Should().HaveCount(cmd);
    }

    [Test]
    public async Task Of_an_index_the_image_for_linux_on_amd64_is_read()
    {
        var index = Index(("windows", "amd64", "win"), ("linux", "arm64", "arm"), ("unknown", "unknown", "attestation"), ("linux", "amd64", "amd"));
        (await ReadAsync(Registry.Put(index))).Command!.Entrypoint.Should().Equal("amd");
        (await ReadAsync(Registry.Put(new { schemaVersion = 2, manifests = new[] { Entry("linux", "amd64", Registry.Put(index)) } }))).Command!.Entrypoint.Should().Equal("amd");
    }

    [Test]
    public async Task An_index_without_it_says_so()
    {
        var finding = await ReadAsync(Registry.Put(Index(("linux", "arm64", "arm"))));
        finding.Should().Match<ImageCommandFinding>(f => f.Command == null && f.Reason == Reasons.EntrypointUnknown);
        finding.Message.Should().Contain("linux/amd64");
    }

    [Test]
    public async Task An_index_of_itself_ends()
    {
        var inner = Registry.Put(Index(("linux", "amd64", "x")));
        for (var i = 0; i < 3; i++)
        {
            inner = Registry.Put(new { schemaVersion = 2, manifests = new[] { Entry("linux", "amd64", inner) } });
        }

        (await ReadAsync(inner)).Reason.Should().Be(Reasons.EntrypointUnknown);
    }

    [TestCase("manifest")]
    [TestCase("config")]
    public async Task Content_that_has_not_its_digest_is_refused(string which)
    {
        var image = PutImage("""{"Entrypoint": ["good"]}""");
        var changed = which == "manifest" ? image : Registry.Content.Keys.Single(k => k != image);
        Registry.Content[changed] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Registry.Content[changed]) + " ");
        var finding = await ReadAsync(image);
        finding.Should().Match<ImageCommandFinding>(f => f.Command == null && f.Reason == Reasons.RegistryNotTrusted);
    }

    /// <summary>Two readers might see two images in it (CVE-2021-41190).</summary>
    [Test]
    public async Task A_manifest_that_is_an_index_too_is_refused()
    {
        var config = Registry.Put(new { config = new { Entrypoint = new[] { "a" } } });
        var both = Registry.Put(new { schemaVersion = 2, config = new { digest = config }, layers = Array.Empty<object>(), manifests = Array.Empty<object>() });
        (await ReadAsync(both)).Should().Match<ImageCommandFinding>(f => f.Command == null && f.Reason == Reasons.EntrypointUnknown);
    }

    [TestCase("""{"Entrypoint": "/app"}""")]
    [TestCase("""{"Entrypoint": [1]}""")]
    [TestCase("""{"Entrypoint": ["a\u0000b"]}""")]
    [TestCase("""{"Entrypoint": ["a"], "Entrypoint": ["b"]}""")]
    public async Task A_configuration_that_is_none_is_refused(string config) =>
        (await ReadAsync(PutImage(config))).Should().Match<ImageCommandFinding>(f => f.Command == null && f.Reason == Reasons.EntrypointUnknown);

    [Test]
    public async Task Words_without_end_are_refused() =>
        (await ReadAsync(PutImage($$"""{"Cmd": ["{{new string('x', 40_000)}}"]}"""))).Reason.Should().Be(Reasons.EntrypointUnknown);

    [Test]
    public async Task An_image_that_is_not_there_is_told()
    {
        var finding = await ReadAsync(OtherImage);
        finding.Reason.Should().Be(Reasons.NotFound);
        finding.Message.Should().Contain("spec.image");
    }

    [TestCase(429, Reasons.RegistryUnreachable)]
    [TestCase(503, Reasons.RegistryUnreachable)]
    [TestCase(401, Reasons.RegistryDenied)]
    public async Task Trouble_with_the_registry_is_told(int status, string reason)
    {
        Registry.Misbehave = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        (await ReadAsync(OtherImage)).Should().Match<ImageCommandFinding>(f => f.Command == null && f.Reason == reason);
    }

    [Test]
    public async Task An_answer_without_end_is_cut_off()
    {
        Registry.Misbehave = async context =>
        {
            for (var i = 0; i < 200 && !context.RequestAborted.IsCancellationRequested; i++)
            {
                await context.Response.Body.WriteAsync(new byte[64 * 1024]);
            }

            return true;
        };
        var finding = await ReadAsync(OtherImage);
        finding.Reason.Should().Be(Reasons.EntrypointUnknown);
        finding.Message.Should().Contain("larger than");
    }

    private string PutImage(string config)
    {
        var digest = Registry.Put(Encoding.UTF8.GetBytes($$"""{"architecture": "amd64", "os": "linux", "config": {{config}} }"""));
        return Registry.Put(new { schemaVersion = 2, mediaType = OciManifest, config = new { digest }, layers = Array.Empty<object>() });
    }

    private object Index(params IEnumerable<(string Os, string Architecture, string Program)> images) => new
    {
        schemaVersion = 2,
        mediaType = "application/vnd.oci.image.index.v1+json",
        manifests = images.Select(i => Entry(i.Os, i.Architecture, PutImage($$"""{"Entrypoint": ["{{i.Program}}"]}"""))).ToArray(),
    };

    private static object Entry(string os, string architecture, string digest) => new { mediaType = OciManifest, digest, platform = new { os, architecture } };

    private Task<ImageCommandFinding> ReadAsync(string digest) => _reader.ReadAsync(
        new() { Image = ImageReference.TryParse($"{Registry.Host}/{FakeRegistry.Repository}@{digest}")!, Registries = Registries }, CancellationToken.None);
}
