"""A language model and its tokenizer, made in place: nothing is downloaded."""

import torch
from tests.real_server import LIKED, PROMPTS, WORDS
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = (
    "{% for m in messages %}{{ m['role'] }} {{ m['content'] }} <end> {% endfor %}"
    "{% if add_generation_prompt %}assistant {% endif %}"
)


def tiny_model():
    """A Llama of some thousand random weights over a few dozen words, and its tokenizer."""
    words = ["<pad>", "<end>", "<unk>", "user", "assistant", *" ".join(PROMPTS).split(), *WORDS, "paper"]
    words += [word for pair in LIKED.values() for word in pair]
    vocab = {word: i for i, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", unk_token="<unk>", padding_side="left"
    )
    fast.chat_template = TEMPLATE
    torch.manual_seed(1)
    shape = dict(hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)
    config = LlamaConfig(vocab_size=len(vocab), max_position_embeddings=128, eos_token_id=1, pad_token_id=0, **shape)
    return LlamaForCausalLM(config), fast
