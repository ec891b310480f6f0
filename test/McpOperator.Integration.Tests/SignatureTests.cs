using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.TestKit;
using Microsoft.AspNetCore.Http;

namespace McpOperator.Integration.Tests;

/// <summary>
/// Real images in a real registry, signed by real cosign, before a real API server: what gets in, what does not and why, and how often
/// the registry is asked. Where the registry itself has to lie, one of ours does.
/// </summary>
[Order(91)]
public sealed class SignatureTests() : OwnClusterTest("signatures")
{
    private const string Repository = "team/server";
    private const string Unsigned = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private SigningTools _tools = null!;
    private FakeRegistry _liar = null!;
    private Push _push = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        if (SigningTools.TryStart(out var why) is not { } tools)
        {
            Assert.Ignore(why);
            return;
        }

        _tools = tools;
        _liar = new FakeRegistry();
        _push = new Push(_tools.Host, Repository);
        var key = _tools.MakeKey("release").Trim().Replace("\n", "\n        ", StringComparison.Ordinal);
        _tools.MakeKey("stranger");
        await StartClusterAsync($$"""
            images:
              allowedRegistries: ["{{_tools.Host}}/team", "{{_liar.Host}}/team"]
              registries:
                insecure: ["{{_tools.Host}}", "{{_liar.Host}}"]
              signatures:
                requireTransparencyLog: false
                timeoutSeconds: 3
                badForSeconds: 0
                maxSignatures: 1000
                signers:
                - name: release
                  publicKey: |
                    {{key}}
            quotas: {mode: unbounded}
            """);
        await StartOperatorAsync();
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_tools is not null)
        {
            await _liar.DisposeAsync();
            _push.Dispose();
            _tools.Dispose();
        }
    }

    [TearDown]
    public void Behave() => _liar.Misbehave = null;

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return Case("unsigned", t => Task.FromResult(t.Image("unsigned")), Reasons.SignatureMissing, "cosign sign");
        yield return Case("signed by another key", t => Task.FromResult(t.Signed("cosign-2", "foreign-2", "stranger")), Reasons.SignerNotTrusted, "release");
        yield return Case("signed by another key, new layout", t => Task.FromResult(t.Signed("cosign-3", "foreign-3", "stranger")), Reasons.SignerNotTrusted, "release");
        yield return Case("with another image's signature", t => t.WithAnothersAsync("cosign-2", "borrowed-2", Signing.LegacyTag), Reasons.SignatureInvalid, "of another image");
        yield return Case("with another image's signature, new layout", t => t.WithAnothersAsync("cosign-3", "borrowed-3", Signing.FallbackTag), Reasons.SignatureInvalid, "another image");
        yield return Case("with a payload that was changed", t => t.WithChangedPayloadAsync("payload"), Reasons.SignerNotTrusted, "release");
        yield return Case("with a payload that has not its digest", t => t.WithChangedBlobAsync("blob"), Reasons.RegistryNotTrusted, "changes content");
        yield return Case("with an attestation alone", t => Task.FromResult(t.Attested("attested")), Reasons.SignatureInvalid, "predicateType");
        yield return Case("with a signature without layers", t => t.WithLayersAsync("stripped", 0), Reasons.SignatureInvalid, "without layers");
        yield return Case("with 1,001 signatures", t => t.WithLayersAsync("many", 1001), Reasons.SignatureInvalid, "1001 signatures");
        yield return Case("with a signature of 1 GiB", t => t.WithHugeSignatureAsync("huge"), Reasons.SignatureInvalid, "larger than");
        yield return Case("of a signed index", async t => (await t.IndexAsync("index-signed", signIndex: true)).Child, Reasons.SignatureMissing, "--recursive");
        yield return Case("whose index is not signed, but its image is", async t => (await t.IndexAsync("child-signed", signIndex: false)).Index, Reasons.SignatureMissing, "--recursive");
        yield return Case("in a registry that hangs", t => t.Lying(context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => true, TaskScheduler.Default)), Reasons.RegistryUnreachable, "within 3 s");
        yield return Case("in a registry that says 429", t => t.Lying(Says(429)), Reasons.RegistryUnreachable, "429");
        yield return Case("in a registry that fails", t => t.Lying(Says(503)), Reasons.RegistryUnreachable, "503");
        yield return Case("in a registry that lets nobody read", t => t.Lying(Says(401)), Reasons.RegistryDenied, "imagePullSecrets");
        yield return Case("in a registry that redirects to a metadata service", t => t.Lying(Redirects("http://169.254.169.254/latest")), Reasons.RegistryNotTrusted, "redirect");
        yield return Case("in a registry that redirects into the node", t => t.Lying(Redirects("https://127.0.0.1:6443/")), Reasons.RegistryNotTrusted, "loopback");

        static TestCaseData Case(string name, Func<SignatureTests, Task<string>> make, string reason, string told) =>
            new TestCaseData(make, reason, told).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Bad)), Order(1)]
    public async Task An_image_is_refused(Func<SignatureTests, Task<string>> make, string reason, string told)
    {
        var image = await make(this);
        var watch = Stopwatch.StartNew();
        var answer = await PostAsync(Manifest("bad", image));

        answer.Code.Should().Be(HttpStatusCode.UnprocessableEntity, answer.Text);
        Reason(answer).Should().Be(reason, answer.Text);
        answer.Body.Text("message").Should().Contain("spec.image: ").And.Contain(told);
        answer.Body.Text("details.causes.0.field").Should().Be("spec.image");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(9), "the API server would give up after 10");
        (await Api.FindAsync(Kinds.Server, Ns, "bad")).Should().BeNull();
    }

    private static IEnumerable<TestCaseData> Good()
    {
        yield return Case("older layout", t => Task.FromResult(t.Signed("cosign-2", "good-2", "release")));
        yield return Case("newer layout", t => Task.FromResult(t.Signed("cosign-3", "good-3", "release")));
        yield return Case("an index", async t => (await t.IndexAsync("index-good", signIndex: true)).Index);
        yield return Case("an index's image", async t => (await t.IndexAsync("child-good", signIndex: false)).Child);
        yield return Case("a good signature beside a stranger's", t =>
        {
            var image = t.Signed("cosign-2", "two", "stranger");
            t._tools.Sign("cosign-3", image, "release");
            return Task.FromResult(image);
        });

        static TestCaseData Case(string name, Func<SignatureTests, Task<string>> make) => new TestCaseData(make).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Good)), Order(1)]
    public async Task A_signed_image_is_accepted(Func<SignatureTests, Task<string>> make)
    {
        var answer = await PostAsync(Manifest("good", await make(this)));
        answer.IsGood.Should().BeTrue(answer.Text);
        await UntilConditionAsync("good", "ImageAccepted", "True/");
    }

    [Test, Order(2)]
    public async Task A_stdio_server_starts_what_its_image_says()
    {
        var image = $"{_tools.Host}/{Repository}@{_tools.Push(Repository, "stdio", "--config.entrypoint=/app/server", "--config.entrypoint=--root=$DATA", "--config.cmd=--stdio")}";
        _tools.Sign("cosign-2", image, "release");
        (await PostAsync(Manifest("files", image, """, "transport": "stdio", "runtime": "Deployment" """))).IsGood.Should().BeTrue();
        var deployment = await UntilAsync(Kinds.Deployment, "files-mcp");
        var container = deployment.List("spec.template.spec.containers").Single(c => c.Text("name") == "mcp-server");
        container.List("command").Select(word => (string?)word).SkipWhile(word => word != "--").Should().Equal("--", "/app/server", "--root=$$DATA");
        container.List("args").Select(word => (string?)word).Should().Equal("--stdio");
    }

    [Test, Order(2)]
    public async Task What_an_image_starts_is_asked_again_until_the_registry_says_it()
    {
        var image = await LendAsync(Signed("cosign-2", "later", "release", "--config.entrypoint=/app/later"));
        _liar.Misbehave = context =>
        {
            // It still tells signatures.
            var fails = context.Request.Path.Value!.Contains("/manifests/sha256:", StringComparison.Ordinal);
            context.Response.StatusCode = fails ? 503 : 200;
            return Task.FromResult(fails);
        };
        (await PostAsync(Manifest("later", image, """, "transport": "stdio", "runtime": "Deployment" """))).IsGood.Should().BeTrue();
        var waits = await UntilConditionAsync("later", "WorkloadReady", $"False/{Reasons.RegistryUnreachable}: spec.command: ");
        waits.Condition("ImageAccepted").Should().StartWith("True/");
        (await Api.FindAsync(Kinds.Deployment, Ns, "later-mcp")).Should().BeNull("nobody guesses");
        (await Api.FindAsync(Kinds.NetworkPolicy, Ns, "later-mcp")).Should().NotBeNull();

        _liar.Misbehave = null;
        await UntilConditionAsync("later", "WorkloadReady", "Unknown/", TimeSpan.FromSeconds(60));
        (await UntilAsync(Kinds.Deployment, "later-mcp")).List("spec.template.spec.containers").Single(c => c.Text("name") == "mcp-server")
            .List("command").Select(word => (string?)word).Should().EndWith("/app/later");
    }

    [Test, Order(2)]
    public async Task A_registry_that_wants_a_login_gets_the_one_of_the_pods_account_and_once()
    {
        var image = await LendAsync(Signed("cosign-2", "private", "release"));
        var login = Convert.ToBase64String("puller:secret"u8);
        _liar.Misbehave = context => Task.FromResult(WantsLogin(context, login));
        await Api.CreateAsync(Kinds.Secret, Ns, Json.Parse($$$$"""
            {"metadata": {"name": "pull"}, "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "{\"auths\": {\"{{{{_liar.Host}}}}\": {\"auth\": \"{{{{login}}}}\"}}}"}}
            """));
        await Api.CreateAsync(Kinds.ServiceAccount, Ns, Json.Parse("""{"metadata": {"name": "runner"}, "imagePullSecrets": [{"name": "pull"}]}"""));

        Reason(await PostAsync(Manifest("anonymous", image))).Should().Be(Reasons.RegistryDenied);
        (await PostAsync(Manifest("private", image, """, "serviceAccountName": "runner" """))).IsGood.Should().BeTrue();
        await UntilConditionAsync("private", "ImageAccepted", "True/");

        // What is known needs no login, and so no Secret.
        var asked = _liar.Requests.Count;
        await Api.DeleteAsync(Kinds.Secret, Ns, "pull");
        await ChangeServerAsync("private", """{"spec": {"timeoutSeconds": 78}}""");
        await UntilAsync(Kinds.Server, "private", s => s.Text("status.observedGeneration") == s.Text("metadata.generation"), "is looked at again");
        (await ServerAsync("private")).Condition("ImageAccepted").Should().StartWith("True/");
        _liar.Requests.Count.Should().Be(asked);
    }

    /// <summary>As Argo CD does it: a server-side apply of every object, as a dry run, before each sync and many at once.</summary>
    [Test, Order(3)]
    public async Task A_hundred_dry_runs_at_once_ask_the_registry_once()
    {
        foreach (var cosign in new[] { "cosign-2", "cosign-3" })
        {
            var image = Signed(cosign, $"argo-{cosign}", "release");
            var before = _tools.Requests;
            await DryRunsAsync(image);
            var cold = _tools.Requests - before;
            Suite.Say($"  {cosign}: 100 dry runs of an image that nobody knows cost {cold} requests to its registry");
            cold.Should().BeInRange(1, cosign == "cosign-2" ? 2 : 5, "all of them share what one takes");

            var (asked, mark) = (_tools.Requests, Cluster.Audit.Mark());
            await DryRunsAsync(image);
            _tools.Requests.Should().Be(asked, "what is known needs no registry");
            Cluster.Audit.Since(mark, OperatorProcess.UserAgent).Where(w => !w.IsLease).Should().BeEmpty("a dry run has no effects");
            (await Api.ListAsync(Kinds.Server, Ns)).Should().BeEmpty();
        }
    }

    [Test, Order(4)]
    public async Task Kubectl_tells_a_dry_run_what_an_apply_would_meet()
    {
        var kubectl = Cluster.Kubectl;
        if (kubectl is null)
        {
            Assert.Ignore("there is no kubectl");
        }

        var good = await KubectlAsync(kubectl!, Manifest("good", Signed("cosign-2", "kubectl", "release")));
        good.Code.Should().Be(0, good.Output);
        good.Output.Should().Contain("dry run");
        var bad = await KubectlAsync(kubectl!, Manifest("bad", Image("kubectl-unsigned")));
        bad.Code.Should().NotBe(0);
        bad.Output.Should().Contain($"({Reasons.SignatureMissing})").And.Contain("spec.image: ").And.Contain("cosign sign");
        (await Api.ListAsync(Kinds.Server, Ns)).Should().BeEmpty();
    }

    [Test, Order(8)]
    public async Task While_the_registry_is_down_nothing_is_refused_that_needs_no_registry()
    {
        var image = Signed("cosign-2", "down", "release");
        var unknown = Signed("cosign-2", "down-unknown", "release");
        foreach (var name in new[] { "known", "leaving" })
        {
            var manifest = Manifest(name, image);
            manifest["metadata"]!["finalizers"] = new JsonArray("example.com/hold");
            (await PostAsync(manifest)).IsGood.Should().BeTrue();
        }

        await UntilConditionAsync("known", "ImageAccepted", "True/");
        _tools.KillRegistry();

        Reason(await PostAsync(Manifest("unknown", unknown))).Should().Be(Reasons.RegistryUnreachable);
        (await PostAsync(Manifest("again", image), "?dryRun=All")).IsGood.Should().BeTrue("it was verified before");
        await ChangeServerAsync("known", """{"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}}""");
        await ChangeServerAsync("known", """{"spec": {"timeoutSeconds": 77}}""");
        await Api.MergeAsync(Kinds.Server, Ns, "known", Json.Parse("""{"status": {"url": "http://said-by-the-test"}}"""), "status");
        await Api.DeleteAsync(Kinds.Server, Ns, "leaving");
        await ChangeServerAsync("leaving", """{"metadata": {"finalizers": null}}""");
        await UntilGoneAsync(Kinds.Server, "leaving");
        (await UntilConditionAsync("known", "ImageAccepted", "True/")).Text("spec.timeoutSeconds").Should().Be("77");

        // An operator that starts now has verified nothing yet.
        await StopOperatorAsync();
        await StartOperatorAsync();
        await UntilConditionAsync("known", "ImageAccepted", $"False/{Reasons.RegistryUnreachable}");
        await ChangeServerAsync("known", """{"metadata": {"finalizers": null, "labels": {"a": "c"}}}""");
        await Api.DeleteAsync(Kinds.Server, Ns, "known");
        await UntilGoneAsync(Kinds.Server, "known");
    }

    /// <summary>The webhooks die while servers are written, and somebody takes them away to get on.</summary>
    [Test, Order(9)]
    public async Task What_slips_past_the_webhooks_is_held_back_by_the_reconcile_for_the_same_reason()
    {
        _liar.Misbehave = context => Task.FromResult(Answers(context));
        var images = new Dictionary<string, string> { ["missing"] = Reasons.SignatureMissing, ["overloaded"] = Reasons.RegistryUnreachable, ["lying"] = Reasons.RegistryNotTrusted };
        var refusals = new Dictionary<string, string?>();
        foreach (var (repository, reason) in images)
        {
            var answer = await PostAsync(Manifest("s-" + repository, LiarsImage(repository)));
            Reason(answer).Should().Be(reason, answer.Text);
            refusals[repository] = answer.Body.Text("message");
        }

        var killed = Operator!.KillAsync();
        var written = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => PostAsync(Manifest($"late-{i}", LiarsImage("missing")))));
        written.Should().OnlyContain(a => !a.IsGood, "a webhook that dies lets nothing in");
        await killed;
        await Api.DeleteAsync(new("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", Namespaced: false), null, "mcp-operator");
        await Api.DeleteAsync(new("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", Namespaced: false), null, "mcp-operator");
        foreach (var repository in images.Keys)
        {
            await Eventually.Becomes(() => PostAsync(Manifest("s-" + repository, LiarsImage(repository))), a => a.IsGood || a.Code == HttpStatusCode.Conflict, "nobody refuses any more");
        }

        await StopOperatorAsync();
        await StartOperatorWithoutWebhooksAsync();
        foreach (var (repository, reason) in images)
        {
            var found = await UntilConditionAsync("s-" + repository, "ImageAccepted", $"False/{reason}");
            refusals[repository].Should().Contain(found.List("status.conditions").Single(c => c.Text("type") == "ImageAccepted").Text("message"), "it says the same in both places");
            found.Condition("Ready").Should().StartWith("False/");
            (await ChildrenAsync("s-" + repository)).Should().BeEmpty();
        }
    }

    private static JsonObject Manifest(string name, string image, string more = "") => Json.Parse(
        $$"""{"apiVersion": "mcpoperator.io/v1alpha1", "kind": "MCPServer", "metadata": {"name": "{{name}}"}, "spec": {"image": "{{image}}" {{more}} } }""");

    private Task<KubeAnswer> PostAsync(JsonObject manifest, string query = "") => Api.SendAsync(HttpMethod.Post, KubeApi.Path(Kinds.Server, Ns) + query, manifest);

    private static string? Reason(KubeAnswer answer) => (string?)answer.Body["reason"];

    private async Task DryRunsAsync(string image)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Api.SendAsync(
            HttpMethod.Patch, KubeApi.Path(Kinds.Server, Ns, $"argo-{i}") + "?dryRun=All&fieldManager=argocd-controller&force=true", Manifest($"argo-{i}", image), "application/apply-patch+yaml")));
        answers.Where(a => !a.IsGood).Select(a => a.Text).Should().BeEmpty();
    }

    private async Task<(int Code, string Output)> KubectlAsync(string kubectl, JsonObject manifest)
    {
        var file = Path.Combine(Cluster.Folder, "apply.json");
        await File.WriteAllTextAsync(file, manifest.ToJsonString());
        using var process = Process.Start(new ProcessStartInfo(kubectl, ["--kubeconfig", Cluster.Kubeconfig, "apply", "--dry-run=server", "--validate=false", "-n", Ns, "-f", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private string Reference(string digest) => $"{_tools.Host}/{Repository}@{digest}";

    private string Image(string marker, params string[] config) => Reference(_tools.Push(Repository, marker, config));

    private string Signed(string cosign, string marker, string key, params string[] config)
    {
        var image = Image(marker, config);
        _tools.Sign(cosign, image, key);
        return image;
    }

    private string Attested(string marker)
    {
        var image = Image(marker);
        _tools.Attest(image, "release");
        return image;
    }

    private static string DigestOf(string image) => image[(image.IndexOf('@', StringComparison.Ordinal) + 1)..];

    private async Task<string> WithAnothersAsync(string cosign, string marker, Func<string, string> tag)
    {
        var (signed, image) = (Signed(cosign, marker + "-signed", "release"), Image(marker));
        await _push.ManifestAsync(tag(DigestOf(image)), await _push.ReadAsync(tag(DigestOf(signed))));
        return image;
    }

    /// <summary>The key signed a payload about this image, and another one about it lies there.</summary>
    private async Task<string> WithChangedPayloadAsync(string marker)
    {
        var image = Signed("cosign-2", marker, "release");
        var signature = await SignatureAsync(image);
        await _push.SignLegacyAsync(DigestOf(image), [.. Signing.Payload(DigestOf(image)), (byte)'\n'], Convert.FromBase64String(signature), []);
        return image;
    }

    private async Task<string> WithChangedBlobAsync(string marker)
    {
        var image = Signed("cosign-2", marker, "release");
        await File.AppendAllTextAsync(_tools.FileOf(await PayloadAsync(image)), "\n");
        return image;
    }

    private async Task<string> WithHugeSignatureAsync(string marker)
    {
        var image = Signed("cosign-2", marker, "release");
        await using var file = new FileStream(_tools.FileOf(await PayloadAsync(image)), FileMode.Open);
        file.SetLength(1L << 30);
        return image;
    }

    private async Task<string> WithLayersAsync(string marker, int count)
    {
        var image = Image(marker);
        var payload = await _push.BlobAsync(Signing.Payload(DigestOf(image)));
        await _push.LayersAsync(DigestOf(image), Enumerable.Repeat(Signing.Layer(payload, [1, 2, 3]), count));
        return image;
    }

    private async Task<string> PayloadAsync(string image) => (await _push.ReadAsync(Signing.LegacyTag(DigestOf(image)))).GetProperty("layers")[0].GetProperty("digest").GetString()!;

    private async Task<string> SignatureAsync(string image) =>
        (await _push.ReadAsync(Signing.LegacyTag(DigestOf(image)))).GetProperty("layers")[0].GetProperty("annotations").GetProperty("dev.cosignproject.cosign/signature").GetString()!;

    private async Task<(string Index, string Child)> IndexAsync(string marker, bool signIndex)
    {
        var child = Image(marker);
        var index = Reference(await _push.ManifestAsync(marker + "-index", new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.index.v1+json",
            manifests = new[]
            {
                new { mediaType = "application/vnd.oci.image.manifest.v1+json", digest = DigestOf(child), size = new FileInfo(_tools.FileOf(DigestOf(child))).Length, platform = new { os = "linux", architecture = "amd64" } },
            },
        }));
        _tools.Sign("cosign-2", signIndex ? index : child, "release");
        return (index, child);
    }

    /// <summary>Gives an image and its signature to the registry that is ours.</summary>
    private async Task<string> LendAsync(string image)
    {
        var digest = DigestOf(image);
        var config = (await _push.ReadAsync(digest)).GetProperty("config").GetProperty("digest").GetString()!;
        foreach (var content in new[] { digest, config, await PayloadAsync(image) })
        {
            _liar.Content[content] = await File.ReadAllBytesAsync(_tools.FileOf(content));
        }

        _liar.Content[Signing.LegacyTag(digest)] = Encoding.UTF8.GetBytes((await _push.ReadAsync(Signing.LegacyTag(digest))).GetRawText());
        return $"{_liar.Host}/{FakeRegistry.Repository}@{digest}";
    }

    private Task<string> Lying(Func<HttpContext, Task<bool>> how)
    {
        _liar.Misbehave = how;
        return Task.FromResult(LiarsImage("server"));
    }

    private string LiarsImage(string repository) => $"{_liar.Host}/team/{repository}@{Unsigned}";

    private static Func<HttpContext, Task<bool>> Says(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    private static Func<HttpContext, Task<bool>> Redirects(string to) => context =>
    {
        context.Response.StatusCode = 307;
        context.Response.Headers.Location = to;
        return Task.FromResult(true);
    };

    private static bool WantsLogin(HttpContext context, string login)
    {
        context.Response.StatusCode = 401;
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"registry\"";
        if (context.Request.Headers.Authorization == "Basic " + login)
        {
            context.Response.StatusCode = 200;
            context.Response.Headers.Remove("WWW-Authenticate");
            return false;
        }

        return true;
    }

    /// <summary>One registry with a repository for each way to be bad.</summary>
    private static bool Answers(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        context.Response.StatusCode = path.Contains("/overloaded/", StringComparison.Ordinal) ? 429 : 404;
        if (path.Contains("/lying/", StringComparison.Ordinal))
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = "http://169.254.169.254/";
        }

        return true;
    }
}
