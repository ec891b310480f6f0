using System.Text.RegularExpressions;
using McpOperator.Admission;
using McpOperator.Admission.Policies.MCPServers;
using McpOperator.Api;
using McpOperator.Api.Configuration;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.TestKit;
using McpOperator.Webhooks.Reviews;

namespace McpOperator.Webhooks.Tests;

/// <summary>The reader of requests meets mutated ones, as <see cref="Fuzz"/> says, and what it reads goes through rules and answer.</summary>
public sealed partial class FuzzTests
{
    private static readonly OperatorConfiguration Configuration = new() { Images = new() { AllowedRegistries = ["ghcr.io/acme"], Signatures = new() { Mode = SignatureMode.Off } } };

    [Test]
    public void Reviews()
    {
        var good = AdmissionFixture.MakeServer();
        var named = good with { Metadata = good.Metadata with { Annotations = new Dictionary<string, string> { [Annotations.ChangedBy] = AdmissionFixture.Alice } } };
        var bad = AdmissionFixture.MakeServer(image: "evil.example.net/acme/x@sha256:" + new string('1', 64)) with { Metadata = named.Metadata };
        KubernetesEntity[] servers = [good, named, bad];
        var questions = servers.Select(s => AdmissionFixture.Question("CREATE", s))
            .Append(AdmissionFixture.Question("UPDATE", bad, good))
            .Append(AdmissionFixture.Question("DELETE", null, good));

        Fuzz.Run(questions.Select(q => KubernetesJson.SerializeToUtf8Bytes(q)), static input =>
        {
            try
            {
                Decide(input);
            }
            catch (AdmissionFormatException)
            {
                // No question: answered with 400, which refuses.
            }
        });
    }

    private static void Decide(byte[] input)
    {
        var (request, document) = AdmissionReader.Read(input);
        using (document)
        {
            if (ObjectReader.IsBeingDeleted(request) || request.SubResource.Length > 0 || ObjectReader.Read<MCPServer>(request, out _) is not { } server)
            {
                return;
            }

            var review = new Review<MCPServer>(server, request.Namespace, Configuration)
            {
                Old = ObjectReader.ReadOld<MCPServer>(request),
                Operation = request.Operation,
                SpecChanged = request.SpecChanged,
                Requester = request.User,
            };
            AdmissionWriter.Write(request, StampPatch.For(server, Stamps.Of(review)));
            var verdict = MCPServerPolicies.All.Check(review);
            AdmissionWriter.Write(request, verdict);

            // What is accepted has, in the very text that would be stored, a pinned image from the registry that is allowed.
            var image = request.New.TryGetProperty("spec", out var spec) && spec.TryGetProperty("image", out var text) ? text.GetString() ?? "" : "";
            if (verdict.IsAccepted && review.ConcernsSpec && !AllowedImage().IsMatch(image))
            {
                throw new InvalidOperationException($"accepted the image '{image}'");
            }
        }
    }

    [GeneratedRegex("^ghcr\\.io/acme[/:@].*@?sha256:[0-9a-f]{64}$")]
    private static partial Regex AllowedImage();
}
